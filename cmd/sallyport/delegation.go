package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sallyport/sallyport/internal/service/iam"
)

// delegationFlags say what partners may ask other accounts for, which on AWS is
// registered by mail.
type delegationFlags struct {
	DelegationTemplate []string `help:"Policy template for which the account in its ARN may ask other accounts: temporary delegation." placeholder:"ARN=FILE"`
}

func (f *delegationFlags) templates() (all []*iam.DelegationTemplate, err error) {
	seen := map[string]bool{}
	for _, one := range f.DelegationTemplate {
		name, file, ok := strings.Cut(one, "=")
		if !ok || seen[name] {
			return nil, fmt.Errorf("--delegation-template %s: not ARN=FILE, or given twice", name)
		}
		seen[name] = true
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--delegation-template: %w", err)
		}
		t, err := iam.ParseDelegationTemplate(name, text)
		if err != nil {
			return nil, fmt.Errorf("--delegation-template: %w", err)
		}
		all = append(all, t)
	}
	return all, nil
}
