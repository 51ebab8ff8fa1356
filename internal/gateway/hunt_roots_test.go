package gateway

import "testing"

// TestARootTaskSeesNoOthersDecisions: what is explained to a root user is more than any
// task needs.
func TestARootTaskSeesNoOthersDecisions(t *testing.T) {
	w := centralized(t)
	boss, low := w.user(w.green, "boss", allOfIt), w.user(w.blue, "low", "")
	_, lows := w.call(low, "iam", "ListUsers")
	_, roots := w.s3(w.blue, "GET", "/green-bucket", "")
	for _, task := range []string{auditKeys, deleteKeys, unlock} {
		root := w.root(boss, w.blue.ID, task)
		_, own := w.call(root, "iam", "ListUsers")
		w.explained(root, element(own, "RequestId"))
		for who, body := range map[string]string{"a user's": lows, "the root user's": roots} {
			if status, _, text := w.decision(root, element(body, "RequestId")); status != 404 {
				t.Errorf("%s sees %s: %d %s", task, who, status, text)
			}
		}
		w.explained(w.blue.credentials(), element(own, "RequestId"))
	}
	w.explained(w.blue.credentials(), element(lows, "RequestId"))
}
