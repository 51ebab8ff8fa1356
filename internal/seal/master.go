package seal

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	masterTitle = "sallyport master key 1"
	// maxMasterFile bounds what is read of a file that may not be a key at all.
	maxMasterFile = 4 << 10
)

var (
	// ErrMasterMode is returned for a master key file that others than its owner
	// may use.
	ErrMasterMode = errors.New("seal: the master key file must be a regular file with mode 0600 or 0400")
	// ErrMasterForm is returned for a file that is not a master key file.
	ErrMasterForm = errors.New("seal: not a master key file of a known version")
)

// LoadOrCreateMaster reads the master key in path and makes it if there is no
// such file. A key made is durable, mode 0600, when the call returns, and never
// replaces a file. The directory must exist.
//
// Use LoadMaster where sealed data exists already: a new key would not open it.
func LoadOrCreateMaster(path string) (Key, error) {
	k, err := LoadMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		// Whoever made the file may have died before it was durable. Where the
		// directory cannot be synced (a secret mounted read-only) nobody did.
		_ = syncDir(path)
		return k, err
	}
	if err := createMaster(path, NewKey()); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("seal: making the master key: %w", err)
	}
	if err := syncDir(path); err != nil {
		return Key{}, fmt.Errorf("seal: making the master key: %w", err)
	}
	// What is in the file counts: another process may have been faster.
	return LoadMaster(path)
}

// syncDir makes the entry of the file durable.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// LoadMaster reads the master key in path. Errors are fs.ErrNotExist,
// ErrMasterMode, ErrMasterForm and those of the file system.
func LoadMaster(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, fmt.Errorf("seal: reading the master key: %w", err)
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil {
		return Key{}, fmt.Errorf("seal: reading the master key: %w", err)
	}
	if !i.Mode().IsRegular() || i.Mode().Perm()&0o077 != 0 {
		return Key{}, fmt.Errorf("%w: %s is %v", ErrMasterMode, path, i.Mode())
	}
	b := make([]byte, 0, maxMasterFile+1)
	defer func() { clear(b[:cap(b)]) }()
	for err == nil && len(b) < cap(b) {
		var n int
		n, err = f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Key{}, fmt.Errorf("seal: reading the master key: %w", err)
	}
	k, err := parseMaster(b)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %s: %w", ErrMasterForm, path, err)
	}
	return k, nil
}

// formatMaster writes a key as text that a person can copy. The id shows a
// mistake in copying.
func formatMaster(k Key) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, masterTitle)
	fmt.Fprintln(&b, "# Everything stored is sealed with this key. Keep a copy where the data is not,")
	fmt.Fprintln(&b, "# and show it to nobody. Without it the data is lost.")
	fmt.Fprintf(&b, "id %s\n", k.ID())
	fmt.Fprintf(&b, "key %s\n", hex.EncodeToString(k.k.secret[:]))
	return b.Bytes()
}

// parseMaster's errors never show what is in the file.
func parseMaster(b []byte) (Key, error) {
	if len(b) > maxMasterFile {
		return Key{}, errors.New("it is too long")
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	if !lines.Scan() || strings.TrimSpace(lines.Text()) != masterTitle {
		return Key{}, fmt.Errorf("its first line is not %q", masterTitle)
	}
	fields := map[string]string{}
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, _ := strings.Cut(line, " ")
		if _, twice := fields[name]; twice || name != "id" && name != "key" {
			return Key{}, errors.New("it has a line that is neither an id nor a key, or one of them twice")
		}
		fields[name] = strings.TrimSpace(value)
	}
	if err := lines.Err(); err != nil {
		return Key{}, errors.New("it is not text")
	}
	secret, err := hex.DecodeString(fields["key"])
	if err != nil || len(secret) != KeySize {
		return Key{}, errors.New("its key is not 64 hexadecimal digits")
	}
	defer clear(secret)
	k, err := KeyFromBytes(secret)
	if err != nil {
		return Key{}, err
	}
	if !strings.EqualFold(fields["id"], k.ID().String()) {
		return Key{}, errors.New("its key and its id do not belong together: one was copied wrongly")
	}
	return k, nil
}

// createMaster makes the file under another name and links it, so that it is
// there as a whole or not at all and an existing one stays as it is (ErrExist).
func createMaster(path string, k Key) error {
	temporary := path + "." + rand.Text()
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	text := formatMaster(k)
	defer clear(text)
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(temporary, path)
	}
	return errors.Join(err, os.Remove(temporary))
}
