package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
)

func TestNothingPassesAClosedGate(t *testing.T) {
	var g gate
	passed := 0
	g.pass(func() { passed++ })
	g.close()
	g.pass(func() { passed++ })
	if passed != 1 {
		t.Errorf("%d functions were called, want the one before the closing", passed)
	}
}

func TestTheClosingOfTheGateWaitsForWhatIsAtWork(t *testing.T) {
	var g gate
	begun, end := make(chan struct{}), make(chan struct{})
	written := 0 // read below without a lock: the race detector sees whether the closing waited
	go g.pass(func() {
		close(begun)
		<-end
		written = 1
	})
	<-begun
	go close(end)
	g.close()
	if written != 1 {
		t.Error("the gate closed while a function was at work")
	}
}

func TestAFunctionBesideOneAtWorkDoesNotPass(t *testing.T) {
	var g gate
	g.pass(func() {
		g.pass(func() { t.Error("it was called inside another, which would wait for itself with a lock") })
	})
}

func TestNothingIsSentAfterTheLastFunction(t *testing.T) {
	test.NewTempApp(t)
	var g gate
	var called []string
	for _, name := range []string{"first", "second"} {
		g.do(func() { called = append(called, name) })
	}
	g.last(func() { called = append(called, "last") })
	g.last(func() { called = append(called, "last again") })
	g.do(func() { called = append(called, "late") })
	if got := strings.Join(called, ", "); got != "first, second, last" {
		t.Errorf("called were %s", got)
	}
}
