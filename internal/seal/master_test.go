package seal

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestMaster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := LoadMaster(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("LoadMaster of nothing: %v", err)
	}
	// Many at once agree on one key.
	keys := make([]Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = LoadOrCreateMaster(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !k.Equal(keys[0]) {
			t.Errorf("%v and %v from the same file", k, keys[0])
		}
	}
	if k, err := LoadMaster(path); err != nil || !k.Equal(keys[0]) {
		t.Errorf("LoadMaster: %v, %v", k, err)
	}
	i, err := os.Stat(path)
	if err != nil || i.Mode() != 0o600 {
		t.Errorf("mode %v, %v", i.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v are left behind, %v", entries, err)
	}
}

func TestMasterMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := LoadOrCreateMaster(path); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]error{
		0o600: nil, 0o400: nil, 0o700: nil,
		0o640: ErrMasterMode, 0o604: ErrMasterMode, 0o660: ErrMasterMode, 0o644: ErrMasterMode, 0o610: ErrMasterMode,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateMaster(path); !errors.Is(err, want) {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	if _, err := LoadOrCreateMaster(t.TempDir()); !errors.Is(err, ErrMasterMode) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := LoadOrCreateMaster(filepath.Join(t.TempDir(), "none", "master.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

func TestMasterForm(t *testing.T) {
	k := NewKey()
	good := string(formatMaster(k))
	secret := hex.EncodeToString(k.k.secret[:])
	wrongDigit := "0"
	if secret[0] == '0' {
		wrongDigit = "1"
	}
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"as written":        {good, true},
		"without comments":  {masterTitle + "\nid " + k.ID().String() + "\nkey " + secret, true},
		"typed by hand":     {masterTitle + "\r\n\n key  " + strings.ToUpper(secret) + " \r\nid " + strings.ToUpper(k.ID().String()), true},
		"empty":             {"", false},
		"raw bytes":         {string(k.k.secret[:]), false},
		"later version":     {strings.Replace(good, "key 1", "key 2", 1), false},
		"no id":             {masterTitle + "\nkey " + secret, false},
		"no key":            {masterTitle + "\nid " + k.ID().String(), false},
		"one digit wrong":   {strings.Replace(good, secret, wrongDigit+secret[1:], 1), false},
		"one digit missing": {strings.Replace(good, secret, secret[1:], 1), false},
		"cut short":         {good[:len(good)-20], false},
		"twice":             {good + "key " + secret + "\n", false},
		"other field":       {good + "salt x\n", false},
		"too long":          {good + strings.Repeat("#", maxMasterFile), false},
		"not text":          {good + strings.Repeat("\x00\xff", 100), false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := LoadOrCreateMaster(path)
			if c.ok && (err != nil || !got.Equal(k)) {
				t.Errorf("%v, %v", got, err)
			}
			if !c.ok && !errors.Is(err, ErrMasterForm) {
				t.Errorf("%v, want ErrMasterForm", err)
			}
			if err != nil && (strings.Contains(err.Error(), secret[4:20]) || strings.Contains(err.Error(), string(k.k.secret[4:20]))) {
				t.Errorf("the error tells the secret: %v", err)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != c.text {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
}
