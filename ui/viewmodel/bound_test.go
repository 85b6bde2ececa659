package viewmodel

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/data/binding"
)

func TestABindingHasToldItsListenersWhenItIsSet(t *testing.T) {
	b := newString()
	var heard []string
	var first binding.DataListener
	first = binding.NewDataListener(func() {
		heard = append(heard, "first "+get(b))
		if get(b) == "two" {
			b.RemoveListener(first)
			b.AddListener(binding.NewDataListener(func() { heard = append(heard, "third "+get(b)) }))
		}
	})
	b.AddListener(first)
	b.AddListener(binding.NewDataListener(func() { heard = append(heard, "second "+get(b)) }))
	for _, value := range []string{"one", "one", "two", "three"} {
		set(b, value)
	}
	want := []string{"first ", "second ", "first one", "second one", "first two", "third two", "second two", "second three", "third three"}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
}
