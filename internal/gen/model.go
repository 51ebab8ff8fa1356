package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// ordered is a JSON object that keeps the order of its keys.
type ordered[T any] struct {
	keys []string
	vals map[string]T
}

func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	o.vals = map[string]T{}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return err
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		o.keys = append(o.keys, k.(string))
		o.vals[k.(string)] = v
	}
	return nil
}

type model struct {
	Metadata struct {
		APIVersion, EndpointPrefix, JSONVersion, Protocol string
		ServiceFullName, ServiceID, SigningName           string
		TargetPrefix, XMLNamespace                        string
	}
	Operations map[string]*operation
	Shapes     map[string]*shape
}

type xmlNamespace struct{ Prefix, URI string }

type ref struct {
	Shape, LocationName, Location, QueryName string
	Flattened, XMLAttribute, Streaming       bool
	IdempotencyToken                         bool
	TimestampFormat                          string
	XMLNamespace                             *xmlNamespace
	ResultWrapper                            string
}

type operation struct {
	Name string
	HTTP struct {
		Method, RequestURI string
		ResponseCode       int
	}
	Input, Output   *ref
	Errors          []ref
	AuthType        string
	Auth            []string
	UnsignedPayload bool
	Deprecated      bool
	HTTPChecksum    struct {
		RequestAlgorithmMember      string
		RequestChecksumRequired     bool
		RequestValidationModeMember string
		ResponseAlgorithms          []string
	}
	HTTPChecksumRequired bool
	Endpoint             struct{ HostPrefix string }
}

type shape struct {
	Type            string
	Members         ordered[*ref]
	Required        []string
	Member          *ref
	Key, Value      *ref
	Payload         string
	Flattened       bool
	Min, Max        *json.Number
	Pattern         string
	Enum            []string
	Sensitive       bool
	Union           bool
	EventStream     bool
	TimestampFormat string
	LocationName    string
	XMLNamespace    *xmlNamespace
	Exception       bool
	Fault           bool
	Error           struct {
		Code           string
		HTTPStatusCode int
		SenderFault    *bool
	}
}

// load reads a service's newest model.
func load(dir, service string) (*model, string, error) {
	versions, err := filepath.Glob(filepath.Join(dir, service, "*", "service-2.json*"))
	if err != nil || len(versions) == 0 {
		return nil, "", fmt.Errorf("no model of %s below %s", service, dir)
	}
	sort.Strings(versions)
	path := versions[len(versions)-1]
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	if filepath.Ext(path) == ".gz" {
		zr, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, "", err
		}
		var buf bytes.Buffer
		if _, err := buf.ReadFrom(zr); err != nil {
			return nil, "", err
		}
		raw = buf.Bytes()
	}
	m := new(model)
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return m, filepath.Base(filepath.Dir(path)), nil
}
