// Package containers is the endpoint from which programs in a container take the
// credentials of its role, in the forms of ECS and of EKS Pod Identity.
//
// It knows what a role's credentials are from a [Source] and must not know where
// they come from, nor the server, nor its store.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
package containers
