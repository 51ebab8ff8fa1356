package ec2

import (
	"encoding/base64"
	"strconv"
)

// page cuts one page out of a list that is sorted by key. Without MaxResults
// there is one page. min and max are the bounds of MaxResults.
func page[T any](all []T, key func(T) string, maxResults *int32, token *string, min, max int32) ([]T, *string, error) {
	if n := value(maxResults); maxResults != nil && n < min {
		return nil, nil, badMax(n, "Expecting a value greater than "+strconv.Itoa(int(min))+".")
	} else if n > max && max > 0 {
		return nil, nil, badMax(n, "Expecting a value less than or equal to "+strconv.Itoa(int(max))+".")
	}
	if token != nil && *token != "" {
		after, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil || len(after) == 0 {
			return nil, nil, fault("InvalidNextToken", "The specified NextToken is not valid.")
		}
		for len(all) > 0 && key(all[0]) <= string(after) {
			all = all[1:]
		}
	}
	if n := int(value(maxResults)); maxResults != nil && len(all) > n {
		all = all[:n]
		return all, new(base64.RawURLEncoding.EncodeToString([]byte(key(all[n-1])))), nil
	}
	return all, nil, nil
}

func badMax(n int32, why string) error {
	return invalidValue("Value ( %d ) for parameter maxResults is invalid. %s", n, why)
}
