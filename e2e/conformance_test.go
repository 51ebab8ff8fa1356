package e2e

import "testing"

// TestConformance plays what public S3 suites ask of a server: statuses, codes,
// messages, headers and bodies that AWS documents.
func TestConformance(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	report := s.boto3(t, "conformance.py")
	failed, ok := report["failed"].([]any)
	if !ok {
		t.Fatalf("the report is %v", report)
	}
	for _, check := range failed {
		t.Error(check)
	}
	// Fewer checks than there are in the script would pass for nothing.
	if n, _ := report["checks"].(float64); n < 460 {
		t.Errorf("only %v checks were made", report["checks"])
	}
}
