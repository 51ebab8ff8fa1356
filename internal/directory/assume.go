package directory

// Assumed is the caller that a session of a role makes, for what runs inside the
// server and needs no access key. Account, Principal, Name, Issued and Expires
// must be set. ErrGone: the role or its account is not there any more.
func (d *Directory) Assumed(s *Session) (*Credential, error) {
	m := d.mem.Load()
	opened := &session{Session: *s}
	opened.prepare(m.docs)
	return d.sessionIdentity(m, opened)
}
