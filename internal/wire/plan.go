package wire

type codec struct{}
