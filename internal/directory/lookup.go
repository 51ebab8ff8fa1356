package directory

// CanonicalID is the canonical user id of the account, "" if there is no such
// account.
func (d *Directory) CanonicalID(account string) string {
	a, ok := d.mem.Load().accounts.get(account)
	if !ok {
		return ""
	}
	if rec := a.rec.Load(); rec != nil {
		return rec.CanonicalID
	}
	return ""
}
