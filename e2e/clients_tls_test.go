package e2e

import (
	"os"
	"testing"
)

// TestClientsOverTLS: each client that is a program trusts a certificate of one's own
// and takes a file up, in parts, and down. Some send more over TLS than over HTTP:
// checksums behind bodies that they do not sign.
func TestClientsOverTLS(t *testing.T) {
	cert, key, _ := certificate(t)
	r := newRound(t, "--tls-cert", cert, "--tls-key", key)
	r.rcloneConfig()
	pem, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	r.write(r.path(".mc", "certs", "CAs", "own.crt"), string(pem))
	file, back, object := r.write(r.path("big"), bigFile()), r.path("back"), "s3://desk/k"
	r.awsCLI("green", "s3", "mb", "s3://desk").refused(t, "CERTIFICATE_VERIFY_FAILED")
	r.rclone("--ca-cert", cert, "mkdir", "green:desk").ok(t)
	r.env = append(r.env, "CURL_CA_BUNDLE="+cert) // s3fs's
	dir := r.mount("green", "desk")
	for name, do := range map[string]func(up bool) result{
		"AWS CLI": func(up bool) result {
			if up {
				return r.awsCLI("green", "--ca-bundle", cert, "s3", "cp", "--only-show-errors", file, object)
			}
			return r.awsCLI("green", "--ca-bundle", cert, "s3", "cp", "--only-show-errors", object, back)
		},
		"rclone": func(up bool) result {
			if up {
				return r.rclone("--ca-cert", cert, "copyto", file, "green:desk/k")
			}
			return r.rclone("--ca-cert", cert, "copyto", "green:desk/k", back)
		},
		"s3cmd": func(up bool) result {
			if up {
				return r.s3cmd("green", "--ssl", "--ca-certs", cert, "put", file, object)
			}
			return r.s3cmd("green", "--ssl", "--ca-certs", cert, "get", object, back)
		},
		"mc": func(up bool) result {
			if up {
				return r.mc("put", "--part-size", "5MiB", file, "green/desk/k")
			}
			return r.mc("get", "green/desk/k", back)
		},
		"s3fs": func(up bool) result {
			if up {
				return r.run("cp", file, dir+"/k")
			}
			return r.run("cp", dir+"/k", back)
		},
	} {
		t.Run(name, func(t *testing.T) {
			do(true).ok(t)
			do(false).ok(t)
			r.holds(back, bigFile())
			if err := os.Remove(back); err != nil {
				t.Error(err)
			}
			r.rclone("--ca-cert", cert, "deletefile", "green:desk/k").ok(t)
		})
	}
	t.Run("restic", func(t *testing.T) {
		for _, command := range [][]string{{"init"}, {"backup", file}, {"check", "--read-data"}} {
			r.restic("green", append([]string{"--cacert", cert}, command...)...).ok(t)
		}
	})
	t.Run("SDK for JavaScript", func(t *testing.T) {
		r.env = append(r.env, "NODE_EXTRA_CA_CERTS="+cert)
		r.javaScript("tls.mjs", "BIG="+file).ok(t)
	})
}
