package viewmodel

import (
	"slices"

	"fyne.io/fyne/v2/data/binding"
)

// bound is a binding that has told its listeners when Set returns. Fyne's own puts each telling into the queue of its loop, which takes
// one call between two frames where frames take long (runGL in Fyne 2.8): a snapshot that changes ten bindings is seen ten frames later
// then, and a key that was pressed meanwhile finds a window that is half of before. Only the main goroutine may touch it.
type bound[T any] struct {
	value     T
	same      func(T, T) bool
	listeners []binding.DataListener
}

// newBound makes a binding of the zero value, which tells nothing when it is set to the same.
func newBound[T any](same func(T, T) bool) binding.Item[T] { return &bound[T]{same: same} }

func newBool() binding.Bool     { return newBound(same[bool]) }
func newString() binding.String { return newBound(same[string]) }
func newFloat() binding.Float   { return newBound(same[float64]) }

// Get is the value; the error is nil.
func (b *bound[T]) Get() (T, error) { return b.value, nil }

// Set changes the value and tells all listeners; the error is nil.
func (b *bound[T]) Set(value T) error {
	if b.same(b.value, value) {
		return nil
	}
	b.value = value
	for _, l := range b.listeners {
		l.DataChanged()
	}
	return nil
}

// AddListener has a listener told now and at each change.
func (b *bound[T]) AddListener(l binding.DataListener) {
	b.listeners = append(slices.Clip(b.listeners), l) // of its own: a listener may add one while all are told
	l.DataChanged()
}

// RemoveListener has it told no more.
func (b *bound[T]) RemoveListener(l binding.DataListener) {
	b.listeners = slices.DeleteFunc(slices.Clone(b.listeners), func(one binding.DataListener) bool { return one == l })
}
