// Package ec2 carries out the operations of EC2 that workload identities need.
// An instance is an identity with a state, a profile and metadata; nothing boots,
// and of the network there is each account's default VPC alone.
//
// It must not know HTTP, nor decide who may do what: it names what is asked for,
// and decisions are made elsewhere. Credentials of instances are made by the
// gateway.
package ec2
