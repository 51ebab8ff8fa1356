package directory

import "errors"

// What Credentials answers when nobody is found behind a key or token.
var (
	// ErrUnknownKey: no such access key, or a temporary one without its token.
	ErrUnknownKey = errors.New("directory: unknown access key")
	// ErrInactiveKey: the access key is switched off.
	ErrInactiveKey = errors.New("directory: access key is inactive")
	// ErrToken: the session token cannot be opened, is another key's, or comes
	// with a key that has none.
	ErrToken = errors.New("directory: invalid session token")
	// ErrExpired: the session is over.
	ErrExpired = errors.New("directory: session token has expired")
	// ErrGone: the user, role or account behind the key is gone or suspended.
	ErrGone = errors.New("directory: principal is gone")
)
