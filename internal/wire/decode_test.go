package wire_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/wire"
)

func xmlRequest(body string) *wire.Request {
	return &wire.Request{
		Method: "PUT", Bucket: "b", Key: "k", Query: url.Values{}, Header: http.Header{}, Length: -1,
		Body: wire.NewBody(strings.NewReader(body)),
	}
}

func TestDecodeXML(t *testing.T) {
	op := s3.API().Operation("PutBucketTagging")
	one := []s3.Tag{{Key: ptr("a"), Value: ptr("b")}}
	deep := strings.Repeat("<x>", 40) + strings.Repeat("</x>", 40)
	for name, c := range map[string]struct {
		body string
		want []s3.Tag
		code string
	}{
		"plain":             {body: `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`, want: one},
		"declaration":       {body: "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>\n", want: one},
		"prefix":            {body: `<s3:Tagging xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><s3:TagSet><s3:Tag><s3:Key>a</s3:Key><s3:Value>b</s3:Value></s3:Tag></s3:TagSet></s3:Tagging>`, want: one},
		"comment and cdata": {body: `<Tagging><!-- x --><TagSet><Tag><Key><![CDATA[a]]></Key><Value>b<!-- y --></Value></Tag></TagSet></Tagging>`, want: one},
		"entities":          {body: `<Tagging><TagSet><Tag><Key>&lt;&amp;&#65;&#x42;&quot;</Key><Value/></Tag></TagSet></Tagging>`, want: []s3.Tag{{Key: ptr(`<&AB"`), Value: ptr("")}}},
		"chopped text":      {body: `<Tagging><TagSet><Tag><Key>` + strings.Repeat("a<!---->", 100_000) + `</Key></Tag></TagSet></Tagging>`, want: []s3.Tag{{Key: ptr(strings.Repeat("a", 100_000))}}},
		"empty set":         {body: `<Tagging><TagSet/></Tagging>`, want: []s3.Tag{}},

		"unknown element":   {body: `<Tagging><New/><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"unknown member":    {body: `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value><More/></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"not of the list":   {body: `<Tagging><TagSet><Tags/></TagSet></Tagging>`, code: "MalformedXML"},
		"wrong root":        {body: `<Tags><TagSet/></Tags>`, code: "MalformedXML"},
		"document type":     {body: `<!DOCTYPE Tagging [<!ENTITY a "b">]><Tagging><TagSet/></Tagging>`, code: "MalformedXML"},
		"unknown entity":    {body: `<Tagging><TagSet><Tag><Key>&a;</Key><Value/></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"another encoding":  {body: `<?xml version="1.0" encoding="UTF-16"?><Tagging><TagSet/></Tagging>`, code: "MalformedXML"},
		"late declaration":  {body: `<Tagging><?xml version="1.0"?><TagSet/></Tagging>`, code: "MalformedXML"},
		"not closed":        {body: `<Tagging><TagSet>`, code: "MalformedXML"},
		"crossed":           {body: `<Tagging><TagSet></Tagging></TagSet>`, code: "MalformedXML"},
		"two roots":         {body: `<Tagging/><Tagging/>`, code: "MalformedXML"},
		"text after":        {body: `<Tagging><TagSet/></Tagging>x`, code: "MalformedXML"},
		"text between":      {body: `<Tagging>x<TagSet/></Tagging>`, code: "MalformedXML"},
		"twice":             {body: `<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"markup in a value": {body: `<Tagging><TagSet><Tag><Key><b/></Key><Value/></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"attribute twice":   {body: `<Tagging a="1" a="2"><TagSet/></Tagging>`, code: "MalformedXML"},
		"bare attribute":    {body: `<Tagging a=1><TagSet/></Tagging>`, code: "MalformedXML"},
		"control character": {body: "<Tagging><TagSet><Tag><Key>\x01</Key><Value/></Tag></TagSet></Tagging>", code: "MalformedXML"},
		"not UTF-8":         {body: "<Tagging><TagSet><Tag><Key>\xff</Key><Value/></Tag></TagSet></Tagging>", code: "MalformedXML"},
		"null reference":    {body: `<Tagging><TagSet><Tag><Key>&#0;</Key><Value/></Tag></TagSet></Tagging>`, code: "MalformedXML"},
		"too deep":          {body: `<Tagging>` + deep + `</Tagging>`, code: "MalformedXML"},
		"too many":          {body: `<Tagging>` + strings.Repeat("<x/>", 200_001) + `</Tagging>`, code: "MalformedXML"},
		"too long":          {body: `<Tagging>` + strings.Repeat(" ", 1<<20) + `</Tagging>`, code: "MaxMessageLengthExceeded"},
		"no XML":            {body: `{"Tagging": 1}`, code: "MalformedXML"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := op.Decode(xmlRequest(c.body))
			if got := code(t, err); got != c.code {
				t.Fatalf("error %q, want %q", got, c.code)
			}
			if err != nil {
				return
			}
			if got := in.(*s3.PutBucketTaggingInput).Tagging.TagSet; !reflect.DeepEqual(got, c.want) {
				t.Errorf("decoded %+v", got)
			}
		})
	}
}

func TestDecodeUnknownElements(t *testing.T) {
	op := s3control.API().Operation("PutPublicAccessBlock")
	body := `<PublicAccessBlockConfiguration><New><Deep>1</Deep></New><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`
	in, err := op.Decode(xmlRequest(body))
	if err != nil {
		t.Fatal(err)
	}
	if c := in.(*s3control.PutPublicAccessBlockInput).PublicAccessBlockConfiguration; !*c.BlockPublicAcls {
		t.Errorf("decoded %+v", c)
	}
}

func TestDecodeACL(t *testing.T) {
	op := s3.API().Operation("PutBucketAcl")
	body := `<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>
		<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>g</ID></Grantee>
		<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`
	in, err := op.Decode(xmlRequest(body))
	if err != nil {
		t.Fatal(err)
	}
	grant := in.(*s3.PutBucketAclInput).AccessControlPolicy.Grants[0]
	if *grant.Grantee.Type != "CanonicalUser" || *grant.Grantee.ID != "g" || *grant.Permission != "READ" {
		t.Errorf("grant %+v", grant)
	}
	if _, err = op.Decode(xmlRequest("<AccessControlPolicy><x>")); code(t, err) != "MalformedACLError" {
		t.Errorf("error %v", err)
	}
	body = strings.Replace(body, "READ", "EVERYTHING", 1)
	if in, err = op.Decode(xmlRequest(body)); err != nil {
		t.Fatal(err)
	}
	if got := code(t, op.Validate(in)); got != "MalformedACLError" {
		t.Errorf("an unknown permission: %q", got)
	}
}

func TestDecodeHeaders(t *testing.T) {
	r := putRequest()
	r.Header = http.Header{
		"X-Amz-Meta-One": {"1"}, "X-Amz-Meta-Two": {"a", "b"}, "X-Amz-Acl": {" private "},
		"X-Amz-Object-Lock-Retain-Until-Date":             {"2030-01-02T03:04:05.678Z"},
		"X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": {"True"}, "If-None-Match": {"*"},
	}
	r.Query = url.Values{"x-amz-storage-class": {"STANDARD_IA"}, "X-Amz-Meta-Three": {"3"}, "X-Amz-Acl": {"public-read"}}
	in, err := s3.API().Operation("PutObject").Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	p := in.(*s3.PutObjectInput)
	if want := map[string]string{"one": "1", "two": "a,b", "three": "3"}; !reflect.DeepEqual(p.Metadata, want) {
		t.Errorf("metadata %v", p.Metadata)
	}
	if *p.ACL != "private" || *p.StorageClass != "STANDARD_IA" || !*p.BucketKeyEnabled || *p.IfNoneMatch != "*" {
		t.Errorf("decoded %+v", p)
	}
	if got := p.ObjectLockRetainUntilDate.Format("2006-01-02T15:04:05.000Z"); got != "2030-01-02T03:04:05.678Z" {
		t.Errorf("retain until %s", got)
	}
	if *p.ContentLength != 5 || *p.Bucket != "bucket" || *p.Key != "some/key" || p.ContentType != nil {
		t.Errorf("decoded %+v", p)
	}
}

func TestDecodeMalformedParameters(t *testing.T) {
	for _, c := range []struct{ operation, query, header, message string }{
		{"ListObjectsV2", "max-keys=x", "", "Provided max-keys not an integer or within integer range"},
		{"ListObjectsV2", "max-keys=", "", "Provided max-keys not an integer or within integer range"},
		{"ListObjectsV2", "max-keys=99999999999", "", "Provided max-keys not an integer or within integer range"},
		{"UploadPart", "uploadId=u&partNumber=x", "", "Part number must be an integer between 1 and 10000, inclusive"},
		{"PutObject", "", "X-Amz-Object-Lock-Retain-Until-Date", "The retain until date must be provided in ISO 8601 format"},
	} {
		r := &wire.Request{Bucket: "b", Key: "k", Query: query(t, c.query), Header: http.Header{}, Length: -1}
		if c.header != "" {
			r.Header.Set(c.header, "tomorrow")
		}
		_, err := s3.API().Operation(c.operation).Decode(r)
		if code(t, err) != "InvalidArgument" || err.(*wire.Error).Message != c.message {
			t.Errorf("%s?%s: %v", c.operation, c.query, err)
		}
	}
	r := &wire.Request{Bucket: "b", Key: "k", Header: http.Header{"If-Modified-Since": {"yesterday"}}}
	in, err := s3.API().Operation("GetObject").Decode(r)
	if err != nil || in.(*s3.GetObjectInput).IfModifiedSince != nil {
		t.Errorf("a date that cannot be read: %v", err)
	}
}

func TestDecodeForm(t *testing.T) {
	op := iam.API().Operation("CreateUser")
	in, err := op.Decode(&wire.Request{Query: query(t, "UserName=u&Tags.member.10.Key=c&Tags.member.10.Value=&Tags.member.2.Key=b&Tags.member.1.Key=a")})
	if err != nil {
		t.Fatal(err)
	}
	want := &iam.CreateUserInput{UserName: ptr("u"), Tags: []iam.Tag{{Key: ptr("a")}, {Key: ptr("b")}, {Key: ptr("c"), Value: ptr("")}}}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("decoded %+v", in)
	}
	in, err = op.Decode(&wire.Request{Query: query(t, "UserName=u&Tags=")})
	if err != nil || in.(*iam.CreateUserInput).Tags == nil {
		t.Errorf("an empty list: %+v, %v", in, err)
	}
	for name, q := range map[string]string{
		"ListUsers":  "MaxItems=many",
		"CreateUser": "UserName=u&Tags.member.x.Key=a",
		"CreateRole": "MaxSessionDuration=99999999999999999999",
	} {
		if _, err := iam.API().Operation(name).Decode(&wire.Request{Query: query(t, q)}); code(t, err) != "MalformedInput" {
			t.Errorf("%s: %v", q, err)
		}
	}
	if _, err := op.Decode(&wire.Request{Query: url.Values{"A" + strings.Repeat(".b", 100): {"x"}}}); code(t, err) != "MalformedQueryString" {
		t.Errorf("a deep name: %v", err)
	}
	if _, err := wire.ParseForm([]byte(strings.Repeat("a=b&", 20_000))); code(t, err) != "MalformedQueryString" {
		t.Errorf("many parameters: %v", err)
	}
}

func TestDecodeJSON(t *testing.T) {
	op := kms.API().Operation("GenerateDataKey")
	decode := func(body string) (*kms.GenerateDataKeyInput, error) {
		in, err := op.Decode(&wire.Request{Length: -1, Body: wire.NewBody(strings.NewReader(body))})
		if err != nil {
			return nil, err
		}
		return in.(*kms.GenerateDataKeyInput), nil
	}
	in, err := decode(`{"KeyId":"k","keyid":"other","NumberOfBytes":3.2e1,"EncryptionContext":{"a":"b"},"New":[{"x":1}],"GrantTokens":null}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &kms.GenerateDataKeyInput{KeyId: ptr("k"), NumberOfBytes: ptr(int32(32)), EncryptionContext: map[string]string{"a": "b"}}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("decoded %+v", in)
	}
	if in, err = decode(""); err != nil || !reflect.DeepEqual(in, &kms.GenerateDataKeyInput{}) {
		t.Errorf("an empty body: %+v, %v", in, err)
	}
	for body, message := range map[string]string{
		`{"KeyId":1}`:                     "NUMBER_VALUE can not be converted to a String",
		`{"KeyId":true}`:                  "TRUE_VALUE can not be converted to a String",
		`{"KeyId":{}}`:                    "Start of structure or map found where not expected.",
		`{"KeyId":[]}`:                    "Start of list found where not expected",
		`{"NumberOfBytes":"1"}`:           "STRING_VALUE can not be converted to a Integer",
		`{"NumberOfBytes":1.5}`:           "",
		`{"GrantTokens":"x"}`:             "STRING_VALUE can not be converted to a list",
		`[]`:                              "Start of list found where not expected",
		`{"KeyId":"a"} x`:                 "",
		`{"KeyId":`:                       "",
		`{"x":` + strings.Repeat("[", 50): "",
	} {
		_, err := decode(body)
		if code(t, err) != "SerializationException" || err.(*wire.Error).Message != message {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestBodyBounds(t *testing.T) {
	endless := wire.NewBody(zeros{})
	for _, op := range []*wire.Operation{
		s3.API().Operation("PutBucketPolicy"), s3.API().Operation("DeleteObjects"),
		s3control.API().Operation("CreateJob"), kms.API().Operation("Encrypt"),
	} {
		_, err := op.Decode(&wire.Request{Bucket: "b", Length: -1, Body: endless, Header: http.Header{}})
		if c := code(t, err); c != "MaxMessageLengthExceeded" && c != "RequestEntityTooLargeException" {
			t.Errorf("%s: %q", op.Name, c)
		}
		_, err = op.Decode(&wire.Request{Bucket: "b", Length: 1 << 40, Body: endless, Header: http.Header{}})
		if code(t, err) == "" {
			t.Errorf("%s believes a length of a terabyte", op.Name)
		}
	}
	if n := s3.API().Operation("PutObject").BodyLimit(); n != -1 {
		t.Errorf("an object's bytes are bounded by %d", n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
