package directory

import "time"

// DeletionTask says what became of the deletion of a service-linked role.
type DeletionTask struct {
	ID      string    `json:"id"` // task/aws-service-role/SERVICE/ROLE/UUID
	Account string    `json:"account"`
	Status  string    `json:"status"` // as GetServiceLinkedRoleDeletionStatus gives it
	Created time.Time `json:"created"`
}

// Place implements Resource.
func (d *DeletionTask) Place() (k ResourceKind, account, name string) {
	return KindDeletionTask, d.Account, d.ID
}
