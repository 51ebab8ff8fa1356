package arn

import "strings"

// Bucket is the ARN of a bucket.
func Bucket(partition, bucket string) string { return "arn:" + partition + ":s3:::" + bucket }

// Object is the ARN of an object.
func Object(partition, bucket, key string) string {
	return "arn:" + partition + ":s3:::" + bucket + "/" + key
}

// AccessPoint is the ARN of an S3 access point.
func AccessPoint(partition, region, account, name string) string {
	return "arn:" + partition + ":s3:" + region + ":" + account + ":accesspoint/" + name
}

// SplitS3 takes a bucket or object ARN apart; key is empty and object false for a bucket's. ok is false for any other
// string, an access point's ARN included.
func SplitS3(s string) (bucket, key string, object, ok bool) {
	p, split := Split(s)
	if !split || p[0] != "arn" || p[2] != "s3" || p[3] != "" || p[4] != "" || p[5] == "" {
		return "", "", false, false
	}
	bucket, key, object = strings.Cut(p[5], "/")
	return bucket, key, object, bucket != ""
}

// SplitAccessPoint takes apart the ARN of an access point or of what is reached through it ("…/NAME/object/KEY").
func SplitAccessPoint(s string) (account, region, name, key string, object, ok bool) {
	a, err := Parse(s)
	if err != nil || a.Service != "s3" || !ValidAccountID(a.Account) {
		return
	}
	rest, isAP := strings.CutPrefix(a.Resource, "accesspoint/")
	if !isAP {
		return
	}
	name, rest, more := strings.Cut(rest, "/")
	if more {
		if key, object = strings.CutPrefix(rest, "object/"); !object {
			return "", "", "", "", false, false
		}
	}
	return a.Account, a.Region, name, key, object, name != ""
}
