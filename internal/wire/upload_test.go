package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const formType = `multipart/form-data; boundary=XX`

// formBody is a form of fields in turn; "file" is one with a file name.
func formBody(fields ...string) string {
	var b strings.Builder
	for i := 0; i < len(fields); i += 2 {
		b.WriteString("--XX\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"")
		if strings.EqualFold(fields[i], "file") {
			b.WriteString("; filename=\"C:\\fakepath\\a b.txt\"\r\nContent-Type: text/x")
		}
		b.WriteString("\r\n\r\n" + fields[i+1] + "\r\n")
	}
	return b.String() + "--XX--\r\n"
}

func TestReadUpload(t *testing.T) {
	body := formBody("Key", "dir/${filename}", "acl", "private", "x-amz-meta-a", "1", "X-Amz-Meta-A", "2", "file", "text\r\n--X\r\n", "late", "x", "file", "second")
	for name, src := range map[string]io.Reader{"whole": strings.NewReader(body), "bytes": iotest.OneByteReader(strings.NewReader(body))} {
		u, err := ReadUpload(src, formType)
		if err != nil {
			t.Fatal(name, err)
		}
		file, err := io.ReadAll(u.File)
		if err != nil || string(file) != "text\r\n--X\r\n" {
			t.Errorf("%s: the file is %q, %v", name, file, err)
		}
		if len(u.Fields) != 3 || u.Fields["key"] != "dir/a b.txt" || u.Fields["acl"] != "private" || u.Fields["x-amz-meta-a"] != "1,2" {
			t.Errorf("%s: %v", name, u.Fields)
		}
	}
	if u, err := ReadUpload(strings.NewReader(formBody("key", "k")), formType); err != nil || u.File != nil || u.Fields["key"] != "k" {
		t.Error("without a file:", u, err)
	}
}

// A file name may be in any letters, and with the escapes that browsers use.
func TestReadUploadFilenames(t *testing.T) {
	for sent, want := range map[string]string{
		`"grün ☃.txt"`: "grün ☃.txt", `"/etc/passwd"`: "passwd", `"..\..\x"`: "x", `"a%22b"`: "a%22b", `plain`: "plain", `""`: "", `"\\server\x.png"`: "x.png",
	} {
		body := "--XX\r\nContent-Disposition: form-data; name=key\r\n\r\n${filename}-${filename}\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=" + sent + "\r\n\r\nx\r\n--XX--\r\n"
		u, err := ReadUpload(strings.NewReader(body), formType)
		if err != nil {
			t.Errorf("%s: %v", sent, err)
		} else if got := u.Fields["key"]; got != want+"-"+want {
			t.Errorf("%s: %q, want %q", sent, got, want+"-"+want)
		}
	}
}

func TestReadUploadRefuses(t *testing.T) {
	good := formBody("key", "k", "file", "text")
	long := strings.Repeat("x", maxPreface)
	for _, tt := range []struct{ name, kind, body, code string }{
		{"no boundary", "multipart/form-data", good, "MalformedPOSTRequest"},
		{"empty boundary", "multipart/form-data; boundary=", good, "MalformedPOSTRequest"},
		{"long boundary", "multipart/form-data; boundary=" + long, good, "MalformedPOSTRequest"},
		{"no form", formType, "key=k", "MalformedPOSTRequest"},
		{"cut in a field", formType, good[:60], "MalformedPOSTRequest"},
		{"no name", formType, "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n", "MalformedPOSTRequest"},
		{"no header's name", formType, formBody("x-amz-meta-a: b", "x", "file", ""), "MalformedPOSTRequest"},
		{"line end in a name", formType, "--XX\r\nContent-Disposition: form-data; name*=UTF-8''x-amz-meta-a%0D%0Ab\r\n\r\nx\r\n--XX--\r\n", "MalformedPOSTRequest"},
		{"no UTF-8", formType, formBody("key", "\xff", "file", ""), "MalformedPOSTRequest"},
		{"long field", formType, formBody("key", long, "file", ""), "MaxPostPreDataLengthExceededError"},
		{"endless field", formType, formBody("key", strings.Repeat(long, 10), "file", ""), "MaxPostPreDataLengthExceededError"},
		{"many fields", formType, strings.Repeat("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", 1000) + good, "MaxPostPreDataLengthExceededError"},
		{"long header", formType, "--XX\r\nX: " + strings.Repeat(long, 5) + "\r\n", "MaxPostPreDataLengthExceededError"},
		{"long preamble", formType, strings.Repeat("x\r\n", 100_000) + good, "MaxPostPreDataLengthExceededError"},
		{"long in the end", formType, strings.Replace(formBody("key", strings.Repeat("${filename}", 1000), "file", ""), "a b.txt", long[:1000], 1), "MaxPostPreDataLengthExceededError"},
	} {
		_, err := ReadUpload(strings.NewReader(tt.body), tt.kind)
		var e *Error
		if !errors.As(err, &e) || e.Code != tt.code || e.Status != 400 {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	broken := errors.New("broken")
	if _, err := ReadUpload(io.MultiReader(strings.NewReader(good[:40]), iotest.ErrReader(broken)), formType); err != broken {
		t.Error("the source's error is lost:", err)
	}
}

// TestUploadedFileIsWhole: a file that is cut short never ends well.
func TestUploadedFileIsWhole(t *testing.T) {
	good := formBody("key", "k", "file", "some text that is long")
	for n := strings.Index(good, "some text"); n < len(good)-6; n++ {
		u, err := ReadUpload(strings.NewReader(good[:n]), formType)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(u.File); err == nil && n < strings.LastIndex(good, "\r\n--XX")+6 {
			t.Errorf("cut at %d of %d: %q ends well", n, len(good), b)
		}
	}
}

func FuzzReadUpload(f *testing.F) {
	f.Add([]byte(formBody("key", "dir/${filename}", "file", "text")), "XX")
	f.Add([]byte("--XX\nContent-Disposition: form-data; name=file\n\n\n--XX--"), "XX")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		kind := `multipart/form-data; boundary="` + boundary + `"`
		read := func(r io.Reader) (fields map[string]string, file string, err error) {
			u, err := ReadUpload(r, kind)
			if err != nil {
				return nil, "", err
			}
			size := 0
			for name, v := range u.Fields {
				size += len(name) + len(v)
			}
			if size > 3*maxPreface {
				t.Fatalf("%d bytes of fields", size)
			}
			if u.File == nil {
				return u.Fields, "", nil
			}
			b, err := io.ReadAll(u.File)
			return u.Fields, string(b), err
		}
		_, file, err := read(strings.NewReader(string(body)))
		_, again, errAgain := read(iotest.OneByteReader(strings.NewReader(string(body))))
		if (err == nil) != (errAgain == nil) || err == nil && file != again {
			t.Fatalf("%q, %v but %q, %v", file, err, again, errAgain)
		}
		if len(file) > len(body) {
			t.Fatal("more came out than went in")
		}
	})
}
