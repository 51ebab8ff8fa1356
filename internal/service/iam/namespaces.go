package iam

import (
	_ "embed"
	"strings"
	"sync"
)

// namespaceLines has a service a line, by namespace: the namespace and the name.
//
//go:embed namespaces.txt
var namespaceLines string

// namespaces are the services that reports on last accesses know, by namespace:
// those that AWS's managed policies speak of and that have a name in AWS's models;
// see docs/last-accessed.md.
var namespaces = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(namespaceLines) {
		namespace, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all[namespace] = name
	}
	return all
})
