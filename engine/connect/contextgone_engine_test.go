package connect

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// lab is a computer with an engine behind the context lab, by a wire that can be cut.
func lab(t *testing.T) (w Where, home string, wire *enginetest.FaultyProxy) {
	t.Helper()
	of := enginetest.Shared(t)
	wire = enginetest.Proxy(t, "unix", strings.TrimPrefix(of.Host, "unix://"))
	home = t.TempDir()
	// An OS of the test's own, for the sockets of this computer are nobody's business.
	places["test"] = []place{{name: defaultName, host: "unix://" + filepath.Join(home, "none.sock")}}
	t.Cleanup(func() { delete(places, "test") })
	addContext(t, home, "lab", "tcp://"+wire.Addr())
	return at("test", home, nil), home, wire
}

// removeContext is docker context rm.
func removeContext(t *testing.T, home, name string) {
	t.Helper()
	if err := contextStore(filepath.Join(home, ".docker")).Remove(name); err != nil {
		t.Fatal(err)
	}
}

// cut cuts the wire until that is noticed: a session that has just begun may not have its stream yet.
func cut(t *testing.T, s *Supervisor, wire *enginetest.FaultyProxy) {
	t.Helper()
	since := s.Status().Since
	enginetest.Eventually(t, 10*time.Second, "the loss", func() bool {
		wire.CutAll()
		return s.Status().Since != since
	})
}

func TestAChosenContextThatIsRemovedIsMissedOnlyOnceItsEngineGoes(t *testing.T) {
	w, home, wire := lab(t)
	s := supervise(t, Options{Where: w, Choose: "context lab"})
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	since := s.Status().Since
	removeContext(t, home, "lab")
	addContext(t, home, "spare", enginetest.Shared(t).Host)
	s.LookAgain()
	enginetest.Eventually(t, 10*time.Second, "word of the other context", func() bool {
		return slices.ContainsFunc(s.Status().Attempts, func(a Attempt) bool { return a.Endpoint.Name == "context spare" && a.Tried && a.Err == nil })
	})
	if st := s.Status(); st.Phase != Connected || st.Since != since || st.Attempts[0].Endpoint.Name != "context lab" || st.Attempts[0].Err != nil {
		t.Errorf("the connection is %s since %v, of it is said %+v", st.Phase, st.Since, st.Attempts[0])
	}

	cut(t, s, wire)
	gone := func() bool {
		st := s.Status()
		return st.Phase == Lost && st.Err != nil && st.Err.Kind == fault.BadContext && st.Err.Remedy != "" && strings.Contains(st.Err.Why, "no Docker context lab any more")
	}
	enginetest.Eventually(t, 10*time.Second, "word that the context is gone", gone)
	s.Choose("context spare")
	enginetest.Eventually(t, 10*time.Second, "the other engine", func() bool { st := s.Status(); return st.Phase == Connected && st.Endpoint.Name == "context spare" })
	s.Choose("context lab")
	enginetest.Eventually(t, 10*time.Second, "the chosen one to be missed", func() bool { st := s.Status(); return st.Phase != Connected && st.Err != nil })
	addContext(t, home, "lab", "tcp://"+wire.Addr())
	s.LookAgain()
	enginetest.Eventually(t, 10*time.Second, "the context to be taken again", func() bool { st := s.Status(); return st.Phase == Connected && st.Endpoint.Name == "context lab" })
}

// Nobody chose an engine in Berth: its sandboxes are on the one that it has found, whatever becomes of the name.
func TestTheEngineOfAContextThatIsRemovedIsWaitedForAllTheSame(t *testing.T) {
	w, home, wire := lab(t)
	useContext(t, home, "lab")
	s := supervise(t, Options{Where: w})
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	removeContext(t, home, "lab")
	useContext(t, home, defaultName)
	cut(t, s, wire)
	enginetest.Eventually(t, 10*time.Second, "the connection anew", phase(s, Connected))
	if st := s.Status(); st.Endpoint.Host != "tcp://"+wire.Addr() {
		t.Errorf("connected to %+v", st.Endpoint)
	}
}
