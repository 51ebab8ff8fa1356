package sigv4

import "testing"

func TestCallersErrors(t *testing.T) {
	const invalid = "The security token included in the request is invalid."
	tests := []struct {
		err        *Error
		kind       Kind
		status     int
		code, text string
		json       string
		jsonStatus int
		field      Field
	}{
		{UnknownKey(S3, "AKIA"), KindUnknownKey, 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", "InvalidAccessKeyId", 403, Field{"AWSAccessKeyId", "AKIA"}},
		{UnknownKey(Service, "AKIA"), KindUnknownKey, 403, "InvalidClientTokenId", invalid, "UnrecognizedClientException", 400, Field{}},
		{InvalidToken(S3, "t"), KindInvalidToken, 400, "InvalidToken", "The provided token is malformed or otherwise invalid.", "InvalidToken", 400, Field{"Token-0", "t"}},
		{InvalidToken(Service, "t"), KindInvalidToken, 403, "InvalidClientTokenId", invalid, "UnrecognizedClientException", 400, Field{}},
		{ExpiredToken(S3, "t"), KindExpiredToken, 400, "ExpiredToken", "The provided token has expired.", "ExpiredTokenException", 400, Field{"Token-0", "t"}},
		{ExpiredToken(Service, "t"), KindExpiredToken, 403, "ExpiredToken", "The security token included in the request is expired", "ExpiredTokenException", 400, Field{}},
		{MissingToken(Service), KindMissingToken, 403, "MissingAuthenticationToken", "", "MissingAuthenticationTokenException", 400, Field{}},
	}
	for _, tt := range tests {
		wantError(t, tt.err, tt.kind, tt.status, tt.code, tt.text)
		if code, status := tt.err.JSON(); code != tt.json || status != tt.jsonStatus {
			t.Errorf("%s in JSON: %d %s", tt.code, status, code)
		}
		if got := tt.err.Field(tt.field.Name); got != tt.field.Value {
			t.Errorf("%s: field %s is %q", tt.code, tt.field.Name, got)
		}
		if got := tt.err.Error(); got != tt.code+": "+tt.err.Message {
			t.Errorf("reads %q", got)
		}
	}
}
