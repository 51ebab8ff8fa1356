package e2e

import "testing"

// TestFormsWithBoto3 presigns URLs and forms with both versions of the signature.
func TestFormsWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	const form = `[[204,""],"text",201,true,["text/x",5],[400,"EntityTooSmall"],[400,"EntityTooLarge"],[403,"AccessDenied"],[403,"AccessDenied"],[403,"AccessDenied"],
		[303,"/x?a=b&bucket=forms-by-boto3&key=onward&etag=%229dd4e461268c8034f5c8564e155c67a6%22"]]`
	const headers = `[200,"SignatureDoesNotMatch","SignatureDoesNotMatch",{"a":"b"}]`
	const users = `[[200,"text"],204,[403,"InvalidAccessKeyId"],[403,"InvalidAccessKeyId"],[200,"text"],204,[400,"InvalidToken"],[400,"InvalidToken"]]`
	reported(t, s.boto3(t, "forms.py"), map[string]string{
		"default version": `true`,
		"s3v4 version":    `false`,
		"default url":     `[[200,""],[200,"text"],"text/x; a=b",true,200,[403,"SignatureDoesNotMatch"],[403,"SignatureDoesNotMatch"],[403,"AccessDenied"],204,200]`,
		"s3v4 url":        `[[200,""],[200,"text"],"text/x; a=b",true,200,[403,"SignatureDoesNotMatch"],[403,"SignatureDoesNotMatch"],null,204,200]`,
		"default headers": headers,
		"s3v4 headers":    headers,
		"default part":    `"part"`,
		"s3v4 part":       `"part"`,
		"default form":    form,
		"s3v4 form":       form,
		"default users":   users,
		"s3v4 users":      users,
	})
}
