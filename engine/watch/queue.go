package watch

import "sync"

// queue holds the containers that have to be looked at, each once however many events there were.
type queue struct {
	wake chan struct{} // capacity 1

	mu  sync.Mutex
	ids []string        // in the order of their first event
	own map[string]bool // what is in ids; true when the event said that it is Berth's
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), own: map[string]bool{}}
}

func (q *queue) add(id string, own bool) {
	q.mu.Lock()
	if was, waiting := q.own[id]; !waiting {
		q.ids = append(q.ids, id)
		q.own[id] = own
	} else {
		q.own[id] = was || own
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// next takes the first container that is Berth's, by its event or by what is known.
func (q *queue) next(known func(id string) bool) (string, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, id := range q.ids {
		if q.own[id] || known(id) {
			q.ids = append(q.ids[:i], q.ids[i+1:]...)
			delete(q.own, id)
			return id, true
		}
	}
	return "", false
}

// others takes all that is left.
func (q *queue) others() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	ids := q.ids
	q.ids = nil
	clear(q.own)
	return ids
}
