package importing

import "github.com/sallyport/sallyport/internal/awsexport"

// Report is what an import did or, in a dry run, would do.
type Report struct {
	Account string `json:"account"`
	DryRun  bool   `json:"dryRun"`
	Created []Item `json:"created"`
	Changed []Item `json:"changed"`
	Removed []Item `json:"removed"`
	// Extra is what is here and not in the files, and was left alone.
	Extra []Item `json:"extra"`
	// Unchanged is how many of each kind are here as in the files.
	Unchanged map[string]int `json:"unchanged"`
	// Left is what the files have and nothing was made of.
	Left  []awsexport.Left `json:"left"`
	Notes []string         `json:"notes"`
}

// Item is one thing that is made, changed or removed.
type Item struct {
	Kind string   `json:"kind"`
	Name string   `json:"name"`
	ARN  string   `json:"arn"`
	What []string `json:"what,omitempty"` // that changes
}

// Kinds of items, in the words of ARNs where there is one.
const (
	kindUser      = "user"
	kindGroup     = "group"
	kindRole      = "role"
	kindPolicy    = "policy"
	kindAWSPolicy = "aws-policy"
	kindProfile   = "instance-profile"
	kindBucket    = "bucket"
	kindAccount   = "account"
)
