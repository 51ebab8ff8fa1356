package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tinyModel = `{
 "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "tiny", "protocol": "rest-json", "serviceFullName": "Tiny", "serviceId": "Tiny"},
 "operations": {
  "PutThing": {"name": "PutThing", "http": {"method": "PUT", "requestUri": "/thing/{name}", "responseCode": 204},
   "input": {"shape": "PutThingRequest"}, "errors": [{"shape": "Conflict"}], "documentation": "<p>Prose.</p>"},
  "GetThing": {"name": "GetThing", "http": {"method": "GET", "requestUri": "/thing/{name}"},
   "input": {"shape": "PutThingRequest"}, "output": {"shape": "Thing"}, "documentation": "<p>Prose.</p>"}
 },
 "shapes": {
  "PutThingRequest": {"type": "structure", "required": ["name"], "members": {
   "name": {"shape": "Name", "location": "uri", "locationName": "name", "documentation": "<p>Prose.</p>"},
   "thing": {"shape": "Thing"}}},
  "Thing": {"type": "structure", "members": {"parts": {"shape": "Parts"}, "child": {"shape": "Thing"}, "GetThingOutput": {"shape": "GetThingOutput"}}},
  "GetThingOutput": {"type": "structure", "members": {}},
  "Parts": {"type": "list", "member": {"shape": "Name"}, "max": 3},
  "Name": {"type": "string", "min": 0, "max": 9, "pattern": "[a-z]+"},
  "Conflict": {"type": "structure", "members": {"message": {"shape": "Name"}}, "error": {"httpStatusCode": 409}, "exception": true},
  "Unreachable": {"type": "structure", "members": {}}
 }}`

func TestGenerate(t *testing.T) {
	models, out := t.TempDir(), t.TempDir()
	folder := filepath.Join(models, "tiny", "2020-01-01")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(tinyModel)) {
		t.Fatal("the test's model is no JSON")
	}
	if err := os.WriteFile(filepath.Join(folder, "service-2.json"), []byte(tinyModel), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := generate(models, out, target{name: "tiny"}); err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, name := range []string{"structs", "shapes", "operations", "errors"} {
		b, err := os.ReadFile(filepath.Join(out, "tiny", name+".gen.go"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, b, 0); err != nil {
			t.Error(err)
		}
		all += string(b)
	}
	for _, want := range []string{
		"type PutThingOutput struct {\n}", "Child *Thing", "*GetThingOutputShape", "Parts []string", "type GetThingInput struct",
		`{Name: "Conflict", Code: "Conflict", Status: 409, Message: "message"}`, `Max: 9, Limits: wire.HasMin | wire.HasMax`,
		`Location: wire.InURI, Required: true`, "Status:      204",
	} {
		if !strings.Contains(strings.Join(strings.Fields(all), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q was not generated", want)
		}
	}
	for _, not := range []string{"Prose", "Unreachable"} {
		if strings.Contains(all, not) {
			t.Errorf("%q was generated", not)
		}
	}
}

func TestGenerateRefusals(t *testing.T) {
	if err := generate(t.TempDir(), t.TempDir(), target{name: "none"}); err == nil {
		t.Error("a missing model goes unnoticed")
	}
	models := t.TempDir()
	folder := filepath.Join(models, "tiny", "2020-01-01")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "service-2.json")
	for name, text := range map[string]string{"broken": "{", "operation missing": tinyModel} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := generate(models, t.TempDir(), target{name: "tiny", operations: []string{"DropThing"}}); err == nil {
			t.Errorf("%s goes unnoticed", name)
		}
	}
}
