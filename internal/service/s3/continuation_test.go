package s3

import "testing"

func FuzzResume(f *testing.F) {
	f.Add("list", "")
	f.Add("list", *continuation("list", "a\x00é/"))
	f.Fuzz(func(t *testing.T, list, token string) {
		after, err := resume(list, token)
		if err != nil {
			wantError(t, err, "InvalidArgument", "The continuation token provided is incorrect")
			return
		}
		if *continuation(list, after) != token {
			t.Errorf("two tokens for %q", after)
		}
	})
}
