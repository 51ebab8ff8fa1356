package disk

import "sync"

// groupSync shares one run of do among the callers that wait for one.
type groupSync struct {
	do   func() error
	turn chan struct{} // holds a token while do runs

	mu   sync.Mutex
	next *round // waits for its turn
	err  error  // of the first run that failed
}

type round struct {
	done chan struct{}
	err  error
}

func newGroupSync(do func() error) *groupSync {
	return &groupSync{do: do, turn: make(chan struct{}, 1)}
}

// wait returns when a run of do that began after the call has ended. Once a run
// has failed every later call fails: an fsync that succeeds after one that
// failed says nothing of what the failed one should have written.
func (g *groupSync) wait() error {
	g.mu.Lock()
	r := g.next
	if r != nil {
		g.mu.Unlock()
		<-r.done
		return r.err
	}
	r = &round{done: make(chan struct{})}
	g.next = r
	g.mu.Unlock()

	g.turn <- struct{}{}
	defer func() { <-g.turn }()
	g.mu.Lock()
	g.next = nil
	r.err = g.err
	g.mu.Unlock()
	if r.err == nil {
		r.err = g.do()
	}
	g.mu.Lock()
	g.err = r.err
	g.mu.Unlock()
	close(r.done)
	return r.err
}

func (g *groupSync) failed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err != nil
}
