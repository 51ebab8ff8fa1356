package s3control

import "github.com/sallyport/sallyport/internal/wire"

func failure(status int, code, message string, fields ...wire.Field) *wire.Error {
	return &wire.Error{Code: code, Message: message, Status: status, Fields: fields}
}

// AccessDenied is the refusal of a request.
func AccessDenied(message string) *wire.Error {
	if message == "" {
		message = "Access Denied"
	}
	return failure(403, "AccessDenied", message)
}

// NoSuchAccessPoint is the answer to an access point that does not exist.
func NoSuchAccessPoint(name string) *wire.Error {
	return failure(404, "NoSuchAccessPoint", "The specified accesspoint does not exist", wire.Field{Name: "AccessPointName", Value: name})
}

// NoSuchAccessPointPolicy is the answer where an access point has no policy.
func NoSuchAccessPointPolicy(name string) *wire.Error {
	return failure(404, "NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist", wire.Field{Name: "AccessPointName", Value: name})
}

// AccessPointAlreadyOwnedByYou is the answer to making an access point again.
func AccessPointAlreadyOwnedByYou(name string) *wire.Error {
	return failure(409, "AccessPointAlreadyOwnedByYou",
		"Your previous request to create the named accesspoint succeeded and you already own it.", wire.Field{Name: "AccessPointName", Value: name})
}

// NoSuchPublicAccessBlockConfiguration is the answer where the account has none.
func NoSuchPublicAccessBlockConfiguration(account string) *wire.Error {
	return failure(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found",
		wire.Field{Name: "AccountId", Value: account})
}

// InvalidRequest is the answer to what the model allows and S3 does not.
func InvalidRequest(message string) *wire.Error { return failure(400, "InvalidRequest", message) }

// InvalidURI is the answer to a path that names nothing that can exist.
func InvalidURI(uri string) *wire.Error {
	return failure(400, "InvalidURI", "Couldn't parse the specified URI.", wire.Field{Name: "URI", Value: uri})
}

// MalformedPolicy is the answer to a policy that the grammar refuses.
func MalformedPolicy(message string) *wire.Error { return failure(400, "MalformedPolicy", message) }

// NoSuchResource is the answer to the ARN of something that does not exist.
func NoSuchResource() *wire.Error {
	return failure(404, "NoSuchResource", "The specified resource doesn't exist.")
}

// InvalidTag is the answer to tags that S3 refuses.
func InvalidTag(message string) *wire.Error { return failure(400, "InvalidTag", message) }
