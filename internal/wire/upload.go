package wire

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Upload is a browser's upload form, read up to its file.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
type Upload struct {
	// Fields by lower-case name, with ${filename} replaced in their values. A name
	// that comes again is one field, its values joined by commas.
	Fields map[string]string
	// File streams the file, and ends with io.EOF only at the boundary behind it.
	// It is nil where the form has none. What follows it is ignored.
	File Body
}

// Bounds of a form.
const (
	// maxPreface is how large all that precedes the file may be, in bytes.
	maxPreface  = 20 << 10
	maxBoundary = 256
	// readAhead is what a multipart.Reader may have read and not used.
	readAhead = 16 << 10
)

// IsUpload tells a form with a file by its Content-Type.
func IsUpload(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data")
}

// ReadUpload reads a form up to its file. It holds no more than the fields in
// memory. Errors are *Error, or the source's own.
func ReadUpload(body io.Reader, contentType string) (*Upload, error) {
	_, params, err := mime.ParseMediaType(contentType)
	boundary := params["boundary"]
	if err != nil || boundary == "" || len(boundary) > maxBoundary {
		return nil, malformedPOST()
	}
	src := &gate{r: body, left: maxPreface + readAhead}
	form := &Upload{Fields: map[string]string{}}
	parts := multipart.NewReader(src, boundary)
	size, filename := 0, ""
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, src.explain(err)
		}
		name := strings.ToLower(part.FormName())
		if !token(name) { // as a header it would be none
			return nil, malformedPOST()
		}
		size += len(boundary) + 8
		for header, values := range part.Header {
			size += len(header) + len(strings.Join(values, "")) + 4
		}
		if size > maxPreface {
			return nil, prefaceTooLarge()
		}
		if name == "file" {
			src.left = -1
			form.File, filename = &uploadFile{part, src}, baseName(part)
			break
		}
		value, err := io.ReadAll(io.LimitReader(part, maxPreface+1))
		if err != nil {
			return nil, src.explain(err)
		}
		if size += len(value); size > maxPreface {
			return nil, prefaceTooLarge()
		}
		if !utf8.Valid(value) {
			return nil, malformedPOST()
		}
		if old, again := form.Fields[name]; again {
			value = []byte(old + "," + string(value))
		}
		form.Fields[name] = string(value)
	}
	return form, form.expand(filename)
}

// expand puts the file's name where fields ask for it.
func (u *Upload) expand(filename string) error {
	if !utf8.ValidString(filename) {
		return malformedPOST()
	}
	size := 0
	for name, value := range u.Fields {
		if strings.Contains(value, "${filename}") {
			if size += strings.Count(value, "${filename}") * len(filename); size > maxPreface {
				return prefaceTooLarge()
			}
			u.Fields[name] = strings.ReplaceAll(value, "${filename}", filename)
		}
	}
	return nil
}

// token tells a name that can stand for a header's.
func token(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// baseName is the name of a part's file without the folders that some browsers
// put before it.
func baseName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	name := params["filename"]
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// gate bounds what may be read before the file begins.
type gate struct {
	r    io.Reader
	left int // -1: no bound
	err  error
}

var errPreface = errors.New("the fields before the file are too large")

func (g *gate) Read(p []byte) (int, error) {
	if g.left == 0 {
		g.err = errPreface
		return 0, errPreface
	}
	if g.left > 0 && len(p) > g.left {
		p = p[:g.left]
	}
	n, err := g.r.Read(p)
	if g.left > 0 {
		g.left -= n
	}
	if err != nil && err != io.EOF {
		g.err = err
	}
	return n, err
}

// explain tells a body that could not be read from one that is no form.
func (g *gate) explain(err error) error {
	switch {
	case g.err == errPreface:
		return prefaceTooLarge()
	case g.err != nil:
		return g.err
	case err == io.EOF:
		return io.EOF
	}
	return malformedPOST()
}

type uploadFile struct {
	part *multipart.Part
	src  *gate
}

func (f *uploadFile) Read(p []byte) (int, error) {
	n, err := f.part.Read(p)
	if err != nil {
		err = f.src.explain(err)
	}
	return n, err
}

// Trailer implements Body: a form has none.
func (f *uploadFile) Trailer(string) (string, bool) { return "", false }

func malformedPOST() *Error {
	return &Error{
		Code: "MalformedPOSTRequest", Status: http.StatusBadRequest,
		Message: "The body of your POST request is not well-formed multipart/form-data.",
	}
}

func prefaceTooLarge() *Error {
	return &Error{
		Code: "MaxPostPreDataLengthExceededError", Status: http.StatusBadRequest,
		Message: "Your POST request fields preceding the upload file were too large.",
	}
}
