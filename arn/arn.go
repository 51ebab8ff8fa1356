package arn

import (
	"errors"
	"strings"
)

// ErrInvalid is returned for a string that is not an ARN of the wanted form.
var ErrInvalid = errors.New("arn: invalid ARN")

// ARN is an Amazon Resource Name in its six parts. Resource is everything after the fifth colon, colons and slashes
// included. See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.
type ARN struct {
	Partition string
	Service   string
	Region    string
	Account   string
	Resource  string
}

// Partitions that an ARN can name.
const (
	PartitionAWS   = "aws"
	PartitionChina = "aws-cn"
	PartitionGov   = "aws-us-gov"
)

// Parse splits s at its first five colons. It checks the form alone ("arn:" and six parts, partition, service and
// resource not empty), not whether partition or account are real.
func Parse(s string) (ARN, error) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, ErrInvalid
	}
	var part [4]string
	for i := range part {
		part[i], rest, ok = strings.Cut(rest, ":")
		if !ok {
			return ARN{}, ErrInvalid
		}
	}
	if part[0] == "" || part[1] == "" || rest == "" {
		return ARN{}, ErrInvalid
	}
	return ARN{Partition: part[0], Service: part[1], Region: part[2], Account: part[3], Resource: rest}, nil
}

// Split cuts s at its first five colons without asking that the parts mean anything. ok is false when there are fewer.
func Split(s string) (parts [6]string, ok bool) {
	for i := range 5 {
		parts[i], s, ok = strings.Cut(s, ":")
		if !ok {
			return parts, false
		}
	}
	parts[5] = s
	return parts, true
}

// String prints the ARN.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// ValidPartition tells whether p is a partition that AWS has.
func ValidPartition(p string) bool {
	return p == PartitionAWS || p == PartitionChina || p == PartitionGov
}

// ValidAccountID tells whether s is twelve decimal digits.
func ValidAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
