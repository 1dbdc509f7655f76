package sandbox

type cursors struct{}
