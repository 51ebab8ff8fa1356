package sigv4

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"
)

// unreserved are the bytes that SigV4's UriEncode leaves alone.
var unreserved = func() (t [256]bool) {
	for c := range 256 {
		b := byte(c)
		t[c] = 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
			b == '-' || b == '.' || b == '_' || b == '~'
	}
	return t
}()

func appendByte(dst []byte, c byte) []byte {
	if unreserved[c] {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// appendPathEncoded encodes every byte of s but unreserved ones and '/'.
func appendPathEncoded(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '/' {
			dst = append(dst, '/')
			continue
		}
		dst = appendByte(dst, s[i])
	}
	return dst
}

// appendQueryNormal decodes s as a query component ('+' is a space, a broken
// escape is literal) and encodes the result, in one pass.
func appendQueryNormal(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		dst = appendByte(dst, c)
	}
	return dst
}

// appendPathNormal decodes s as a path and encodes the result. A '/' stays and an
// escaped one stays escaped, so that no path becomes one with other segments.
func appendPathNormal(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '/':
			dst = append(dst, c)
			continue
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		dst = appendByte(dst, c)
	}
	return dst
}

// queryUnescape decodes one component of a query, without allocating when there
// is nothing to decode.
func queryUnescape(s string) string {
	for i := range len(s) {
		if s[i] != '%' && s[i] != '+' {
			continue
		}
		out := make([]byte, i, len(s))
		copy(out, s)
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '+':
				c = ' '
			case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
				c = unhex(s[i+1])<<4 | unhex(s[i+2])
				i += 2
			}
			out = append(out, c)
		}
		return string(out)
	}
	return s
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

func appendHex(dst, src []byte) []byte {
	for _, c := range src {
		dst = append(dst, lowerHex[c>>4], lowerHex[c&15])
	}
	return dst
}

// hexDump writes s as S3 writes StringToSignBytes: two digits a byte, spaced.
func hexDump(s []byte) string {
	if len(s) == 0 {
		return ""
	}
	out := make([]byte, 0, 3*len(s))
	for _, c := range s {
		out = append(out, lowerHex[c>>4], lowerHex[c&15], ' ')
	}
	return string(out[:len(out)-1])
}
