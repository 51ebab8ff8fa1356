package wire

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Check tells what is wrong with a service's tables: a shape that does not
// exist, a pattern that Go cannot express, a struct that does not follow its
// shape, an error that is not in the list. It is for tests; requests take the
// tables as they are.
func (s *Service) Check() error {
	var errs []error
	for i := 1; i < len(s.Operations); i++ {
		if s.Operations[i-1].Name >= s.Operations[i].Name {
			errs = append(errs, fmt.Errorf("%s is not in order", s.Operations[i].Name))
		}
	}
	for i := range s.Shapes {
		errs = append(errs, s.checkShape(&s.Shapes[i]))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", s.Package, err)
	}
	for _, op := range s.Operations {
		op.plans()
		errs = append(errs, s.checkStruct(op.Input, reflect.TypeOf(op.NewInput()), map[string]bool{}))
		errs = append(errs, s.checkStruct(op.Output, reflect.TypeOf(op.NewOutput()), map[string]bool{}))
		for _, name := range op.Errors {
			if !slices.ContainsFunc(s.Errors, func(e ErrorShape) bool { return e.Name == name }) {
				errs = append(errs, fmt.Errorf("%s: no error %s", op.Name, name))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", s.Package, err)
	}
	return nil
}

func (s *Service) checkShape(sh *Shape) error {
	var errs []error
	if s.Shape(sh.Name) != sh {
		errs = append(errs, fmt.Errorf("shape %s cannot be found", sh.Name))
	}
	refs := []string{sh.Elem, sh.Key}
	for _, m := range sh.Members {
		refs = append(refs, m.Shape)
	}
	for _, ref := range refs {
		if ref != "" && s.Shape(ref) == nil {
			errs = append(errs, fmt.Errorf("shape %s refers to %s, which does not exist", sh.Name, ref))
		}
	}
	if sh.Payload != "" && sh.Member(sh.Payload) == nil {
		errs = append(errs, fmt.Errorf("shape %s has no payload %s", sh.Name, sh.Payload))
	}
	if sh.Pattern != "" && compilePattern(sh.Pattern) == nil {
		errs = append(errs, fmt.Errorf("shape %s: pattern %q", sh.Name, sh.Pattern))
	}
	return errors.Join(errs...)
}

// checkStruct compares a Go struct with its shape, field by field.
func (s *Service) checkStruct(shape string, t reflect.Type, seen map[string]bool) error {
	sh := s.Shape(shape)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if seen[shape] || sh == nil {
		return nil
	}
	seen[shape] = true
	switch {
	case sh.Kind == List:
		return s.checkStruct(sh.Elem, t.Elem(), seen)
	case sh.Kind == Map:
		return s.checkStruct(sh.Elem, t.Elem(), seen)
	case sh.Kind != Structure || sh.Stream:
		return nil
	case t.Kind() != reflect.Struct || t.NumField() != len(sh.Members):
		return fmt.Errorf("%s does not follow shape %s", t, shape)
	}
	var errs []error
	for i := range sh.Members {
		m := &sh.Members[i]
		f := t.Field(i)
		if f.Name != GoName(m.Name) {
			errs = append(errs, fmt.Errorf("%s.%s stands where %s.%s should", t, f.Name, shape, m.Name))
			continue
		}
		errs = append(errs, s.checkStruct(m.Shape, f.Type, seen))
	}
	return errors.Join(errs...)
}
