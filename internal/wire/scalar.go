package wire

import (
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// errText says that a text is not of the type that it should be.
var errText = errors.New("malformed value")

// setText parses text into dst, a scalar or a pointer to one, or a blob.
func setText(dst reflect.Value, text string, tf TimeFormat) error {
	switch p := dst.Addr().Interface().(type) {
	case **string:
		*p = &text
	case *string:
		*p = text
	case **bool:
		v, err := parseBool(text)
		*p = &v
		return err
	case *bool:
		v, err := parseBool(text)
		*p = v
		return err
	case **int32:
		v, err := parseInt(text, 32)
		n := int32(v)
		*p = &n
		return err
	case *int32:
		v, err := parseInt(text, 32)
		*p = int32(v)
		return err
	case **int64:
		v, err := parseInt(text, 64)
		*p = &v
		return err
	case *int64:
		v, err := parseInt(text, 64)
		*p = v
		return err
	case **float32, *float32, **float64, *float64:
		return setFloat(dst, text)
	case **time.Time:
		t, err := parseTime(text, tf)
		*p = &t
		return err
	case *time.Time:
		t, err := parseTime(text, tf)
		*p = t
		return err
	case *[]byte:
		b, err := parseBlob(text)
		*p = b
		return err
	default:
		return errText
	}
	return nil
}

func setFloat(dst reflect.Value, text string) error {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return errText
	}
	target(dst).SetFloat(v)
	return nil
}

// target is dst itself, or what it points to, made if need be.
func target(dst reflect.Value) reflect.Value {
	if dst.Kind() != reflect.Pointer {
		return dst
	}
	if dst.IsNil() {
		dst.Set(reflect.New(dst.Type().Elem()))
	}
	return dst.Elem()
}

func parseBool(s string) (bool, error) {
	switch s = strings.TrimSpace(s); {
	case strings.EqualFold(s, "true"), s == "1":
		return true, nil
	case strings.EqualFold(s, "false"), s == "0":
		return false, nil
	}
	return false, errText
}

func parseInt(s string, bits int) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, bits)
	if err != nil {
		return 0, errText
	}
	return n, nil
}

func parseBlob(s string) ([]byte, error) {
	s = strings.TrimRight(strings.TrimSpace(s), "=")
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, errText
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}

// The times that a request may carry: years that every other system can write.
var minTime, maxTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

var isoLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "20060102T150405Z", "2006-01-02T15:04Z07:00", "2006-01-02",
}

func parseTime(s string, tf TimeFormat) (time.Time, error) {
	s = strings.TrimSpace(s)
	if tf == HTTPDate {
		for _, layout := range []string{http.TimeFormat, time.RFC1123Z, time.RFC850, time.ANSIC} {
			if t, err := time.Parse(layout, s); err == nil {
				return inRange(t)
			}
		}
	}
	if s != "" && strings.Trim(s, "0123456789.-+eE") == "" {
		if t, err := epoch(s); err == nil {
			return t, nil
		}
	}
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return inRange(t)
		}
	}
	return time.Time{}, errText
}

func epoch(s string) (time.Time, error) {
	if whole, err := strconv.ParseInt(s, 10, 64); err == nil {
		return inRange(time.Unix(whole, 0))
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e12 {
		return time.Time{}, errText
	}
	whole, frac := math.Modf(f)
	return inRange(time.Unix(int64(whole), int64(math.Round(frac*1e6))*1e3))
}

func inRange(t time.Time) (time.Time, error) {
	t = t.UTC()
	if t.Before(minTime) || t.After(maxTime) {
		return time.Time{}, errText
	}
	return t, nil
}

// appendScalar writes the text of a scalar that is not a pointer.
func (s *Service) appendScalar(b []byte, v reflect.Value, tf TimeFormat) []byte {
	switch v.Kind() {
	case reflect.String:
		return append(b, v.String()...)
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Float32:
		return appendFloat(b, v.Float(), 32)
	case reflect.Float64:
		return appendFloat(b, v.Float(), 64)
	case reflect.Struct:
		return s.appendTime(b, v.Interface().(time.Time), tf)
	case reflect.Slice:
		return base64.StdEncoding.AppendEncode(b, v.Bytes())
	}
	return b
}

func appendFloat(b []byte, f float64, bits int) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(b, f, 'f', 1, bits)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

// appendTime writes a time. S3 and EC2 write milliseconds always, the JSON
// protocols where there are any, the others never.
func (s *Service) appendTime(b []byte, t time.Time, tf TimeFormat) []byte {
	t = t.UTC()
	switch tf {
	case HTTPDate:
		return t.AppendFormat(b, http.TimeFormat)
	case UnixTime:
		b = strconv.AppendInt(b, t.Unix(), 10)
		if ms := t.Nanosecond() / 1e6; ms > 0 && t.Unix() >= 0 {
			b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
		}
		return b
	}
	switch {
	case s.Package == "s3", s.Protocol == EC2:
		return t.AppendFormat(b, "2006-01-02T15:04:05.000Z")
	case s.Protocol == RESTJSON:
		return t.AppendFormat(b, "2006-01-02T15:04:05.999Z")
	}
	return t.AppendFormat(b, "2006-01-02T15:04:05Z")
}
