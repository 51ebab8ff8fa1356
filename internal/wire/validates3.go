package wire

import (
	"net/http"
	"reflect"
	"slices"
)

// validateS3 checks what S3 checks before it looks at anything: that required
// parameters and bodies are there and that a body keeps to the schema.
func (op *Operation) validateS3(v reflect.Value, p *plan) error {
	for i := range p.fields {
		f := &p.fields[i]
		if !v.Field(i).IsNil() {
			continue
		}
		switch {
		case p.payload == f && !f.Streaming && (f.Required || slices.Contains(mandatoryBodies, op.Name)):
			return op.missingBody()
		case !f.Required:
		case f.Location == InHeader && f.plan.kind == List:
			// the service has words of its own for a list that is missing or empty
		case f.Location == InHeader:
			return &Error{
				Code: "MissingSecurityHeader", Status: http.StatusBadRequest,
				Message: "Your request was missing a required header",
				Fields:  []Field{{"MissingHeaderName", f.name}},
			}
		case f.Location == InQuery && f.name == "uploadId" && op.Name == "UploadPart":
			return &Error{
				Code: "InvalidArgument", Status: http.StatusBadRequest,
				Message: "This operation does not accept partNumber without uploadId",
				Fields:  []Field{{"ArgumentName", "partNumber"}},
			}
		case f.Location == InQuery:
			return &Error{
				Code: "InvalidArgument", Status: http.StatusBadRequest,
				Message: "Missing required query parameter: " + f.name,
				Fields:  []Field{{"ArgumentName", f.name}},
			}
		}
	}
	if p.payload == nil || p.payload.plan.kind != Structure || p.payload.Streaming {
		return nil
	}
	body := v.Field(p.payload.index)
	if body.IsNil() || schema(body.Elem(), p.payload.plan) {
		return nil
	}
	return op.malformedXML(p.payload.name)
}

// mandatoryBodies are the operations whose body the model calls optional and
// S3 does not.
var mandatoryBodies = []string{
	"CompleteMultipartUpload", "PutObjectLockConfiguration", "PutObjectRetention", "PutObjectLegalHold",
	"RestoreObject", "PutBucketLifecycleConfiguration",
}

func (op *Operation) missingBody() *Error {
	if op.Name == "CompleteMultipartUpload" {
		return &Error{Code: "InvalidRequest", Message: "You must specify at least one part", Status: http.StatusBadRequest}
	}
	return &Error{Code: "MissingRequestBodyError", Message: "Request Body is empty", Status: http.StatusBadRequest}
}

// schema tells whether a body has its required elements and only enum values
// that exist. Where S3 answers an unknown value with another error, the
// service looks itself.
func schema(v reflect.Value, p *plan) bool {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch p.kind {
	case Structure:
		for i := range p.fields {
			f := &p.fields[i]
			fv := v.Field(i)
			if fv.IsNil() {
				if f.Required {
					return false
				}
				continue
			}
			if !schema(fv, f.plan) {
				return false
			}
		}
	case List:
		for i := range v.Len() {
			if !schema(v.Index(i), p.elem) {
				return false
			}
		}
	case String:
		if p.enum == nil || slices.Contains(looseEnums, p.shape.Name) {
			return true
		}
		_, ok := p.enum[v.String()]
		return ok
	}
	return true
}

// looseEnums are enums that the service itself checks: their errors are not
// MalformedXML, or AWS takes more values than the model names.
var looseEnums = []string{"BucketLocationConstraint", "Event", "EncodingType", "ServerSideEncryption", "ChecksumAlgorithm", "Protocol"}
