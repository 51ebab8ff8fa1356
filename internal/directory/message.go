package directory

import (
	"bytes"
	"compress/flate"
	"io"

	"github.com/sallyport/sallyport/internal/seal"
)

func messageAAD(account string) []byte { return seal.AAD("authorization message", account) }

// maxMessageText is how long the text of a message can be, in bytes.
const maxMessageText = 1 << 20

// SealMessage packs and seals a text for callers of one account, who keep it and
// give it back to [Directory.OpenMessage].
func (d *Directory) SealMessage(text []byte, account string) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return "", err
	}
	w.Write(text)
	if err := w.Close(); err != nil {
		return "", err
	}
	return seal.SealToken(d.master, packed.Bytes(), messageAAD(account)), nil
}

// OpenMessage is the text of a message that was sealed for the account. ErrToken:
// it is none.
func (d *Directory) OpenMessage(message, account string) ([]byte, error) {
	packed, err := seal.OpenToken(d.master, message, messageAAD(account))
	if err != nil {
		return nil, ErrToken
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxMessageText))
	if err != nil {
		return nil, ErrToken
	}
	return text, nil
}
