package s3

import (
	"reflect"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// setByName sets a member that is text, if the input has it.
func setByName(in any, member, text string) {
	f := reflect.ValueOf(in).Elem().FieldByName(member)
	if f.IsValid() && f.Type() == reflect.TypeFor[*string]() {
		f.Set(reflect.ValueOf(&text))
	}
}

// What is spelt out must be what the names of the fields say.
func TestAskingOf(t *testing.T) {
	for _, op := range api.API().Operations {
		in := op.NewInput()
		for _, name := range inputFields {
			setByName(in, name, "value of "+name)
		}
		got, want := askingOf(in), askingByName(in)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, by name %+v", op.Name, got, want)
		}
		for i, name := range inputFields {
			text := value(*got.field(i))
			if has := reflect.ValueOf(in).Elem().FieldByName(name); has.IsValid() && has.Type() == reflect.TypeFor[*string]() && text != "value of "+name {
				t.Errorf("%s: %s is %q", op.Name, name, text)
			}
		}
	}
	if a := askingOf(nil); a != (asking{}) {
		t.Errorf("%+v", a)
	}
}
