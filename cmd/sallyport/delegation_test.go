package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDelegationTemplateFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "setup.json")
	if err := os.WriteFile(file, []byte(`{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"@{bucketName}"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:iam::111122223333:delegation-template/setup"
	for name, c := range map[string]struct {
		flags []string
		want  int // templates, -1 for an error
	}{
		"none": {nil, 0}, "one": {[]string{arn + "=" + file}, 1}, "two": {[]string{arn + "=" + file, arn + "2=" + file}, 2},
		"twice": {[]string{arn + "=" + file, arn + "=" + file}, -1}, "no file": {[]string{arn}, -1}, "gone": {[]string{arn + "=" + file + "x"}, -1},
		"another ARN": {[]string{"arn:aws:iam::111122223333:role/setup=" + file}, -1},
	} {
		all, err := (&delegationFlags{DelegationTemplate: c.flags}).templates()
		if (err != nil) != (c.want < 0) || err == nil && len(all) != c.want {
			t.Errorf("%s: %d, %v", name, len(all), err)
		}
	}
}
