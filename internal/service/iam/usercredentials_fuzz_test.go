package iam

import (
	"testing"
)

// What is taken as a key is shown in both forms and taken again as the same key.
func FuzzSSHKey(f *testing.F) {
	f.Add("ssh-rsa " + sshExample + " me@host")
	f.Add("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----")
	f.Add("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA////")
	f.Fuzz(func(t *testing.T, body string) {
		k, err := parseSSHKey(body)
		if err != nil {
			return
		}
		for _, form := range []string{"SSH", "PEM"} {
			text, err := encodeSSHKey(k, form)
			if err != nil {
				t.Fatal(err)
			}
			again, err := parseSSHKey(text)
			if err != nil || !again.Equal(k) {
				t.Fatalf("%s: %v", text, err)
			}
		}
	})
}

// Certificates and keys are refused or taken, whatever they are.
func FuzzServerCertificate(f *testing.F) {
	_, body := certify("c", rsaKeys()[0], nil, nil)
	f.Add(body, body, keyPEM(rsaKeys()[0]))
	f.Add("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "", "-----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----\n")
	f.Fuzz(func(t *testing.T, body, chain, key string) {
		if c, err := checkServerCertificate(body, chain, key, start); err == nil && c == nil {
			t.Fatal("nothing is a certificate")
		}
	})
}
