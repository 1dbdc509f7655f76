package store

import "errors"

// What callers can tell apart. The error that wraps one of them says which file
// and what to do.
var (
	ErrWrongKey = errors.New("this store was made with another key")
	ErrDamaged  = errors.New("the store is damaged")
	ErrNewer    = errors.New("this store was made by a newer brygga")
	ErrReadOnly = errors.New("the store cannot be written")
	ErrFull     = errors.New("no space is left for the store")
	ErrBusy     = errors.New("another process keeps the store locked")
)
