// Package imds is EC2's instance metadata service as an http.Handler: tokens,
// the tree of metadata, the role's credentials, identity documents.
//
// It knows what an instance is from a [Document], which a [Source] fetches, and
// must not know where that comes from, nor the server, nor its store.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html
package imds
