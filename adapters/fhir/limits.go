package fhir

import "sync"

// group is what writes go together: the same operation on the same type. One
// stale update then fails no create, one type that may not be written stops no
// other, and servers that allow conditional entries fewer places take the most
// of both.
type group struct {
	op  string
	typ string
}

// limits is what was learnt of a server's transactions: per operation the
// largest that it takes, and whether it takes any at all.
type limits struct {
	mu     sync.Mutex
	most   int
	size   map[string]int  // the largest that went through after a larger one was refused
	proven map[string]bool // the size in force has gone through, or been found
	plain  map[string]bool // only single requests work
}

func (l *limits) init(most int) {
	l.most = most
	l.size, l.proven, l.plain = map[string]int{}, map[string]bool{}, map[string]bool{}
}

// now gives how many entries may go together, whether that has been seen to
// work, and whether transactions are to be used at all.
func (l *limits) now(g group) (size int, proven, plain bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size = l.most
	if n := l.size[g.op]; n > 0 {
		size = min(n, size)
	}
	return size, l.proven[g.op] || l.plain[g.op], l.plain[g.op]
}

// went is told of a transaction of n entries that went through.
func (l *limits) went(g group, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := l.most
	if k := l.size[g.op]; k > 0 {
		size = k
	}
	if n >= size {
		l.proven[g.op] = true
	}
}

// tooLarge is told that a transaction was refused of which every entry then
// went through in pieces of at most n: its size was the reason.
func (l *limits) tooLarge(g group, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.size[g.op]; n > 0 && (k == 0 || n < k) {
		l.size[g.op] = n
	}
	l.proven[g.op] = true
}

// noTransactions is told that a single request did what a transaction did not.
func (l *limits) noTransactions(g group) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plain[g.op] = true
}
