package connect

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// hung listens on a socket, takes connections and never answers. Taken gets one value at the first.
func hung(t *testing.T) (host string, taken <-chan struct{}) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hung.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	first, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			select {
			case first <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return "unix://" + file, first
}

func TestOneThatAnswersIsTakenOneSecondAfterWhateverAnEarlierOneDoes(t *testing.T) {
	of := enginetest.Shared(t)
	silent, _ := hung(t)
	list := []Endpoint{{Name: "silent", Host: silent}, {Name: "real", Host: of.Host}}
	began := time.Now()
	one, attempts, failure := searchIn(t.Context(), at("linux", "", nil), list, []bool{true, true})
	took := time.Since(began)
	if failure != nil || one.endpoint.Name != "real" {
		t.Fatalf("found %+v, %v", one, failure)
	}
	_ = one.client.Close()
	if took < forEarlier || took > 3*forEarlier {
		t.Errorf("it took %v", took)
	}
	if e := attempts[0].Err; e == nil || e.Kind != fault.EngineHung || e.Remedy == "" || !attempts[0].Tried {
		t.Errorf("of the one that hangs is said %+v", e)
	}
}

func TestTheOrderHoldsAmongThoseThatAnswerWithinASecond(t *testing.T) {
	of := enginetest.Shared(t)
	slow := enginetest.Proxy(t, "unix", strings.TrimPrefix(of.Host, "unix://"))
	slow.Delay(50 * time.Millisecond) // of each of a handful of answers
	list := []Endpoint{{Name: "slow", Host: "tcp://" + slow.Addr()}, {Name: "quick", Host: of.Host}}
	one, attempts, failure := searchIn(t.Context(), at("linux", "", nil), list, []bool{true, true})
	if failure != nil || one.endpoint.Name != "slow" {
		t.Fatalf("found %+v, %v", one, failure)
	}
	_ = one.client.Close()
	if attempts[1].Err != nil || !attempts[1].Tried {
		t.Errorf("the other: %+v", attempts[1])
	}
}

func TestAnEngineThatAppearsBesideOneThatHangsIsPickedUpWithinTwoSeconds(t *testing.T) {
	of := enginetest.Shared(t)
	for name, until := range map[string]func(t *testing.T, s *Supervisor, taken <-chan struct{}){
		"while the first search waits": func(t *testing.T, _ *Supervisor, taken <-chan struct{}) {
			select {
			case <-taken:
			case <-time.After(10 * time.Second):
				t.Fatal("nobody asked the one that hangs")
			}
		},
		"after a search has failed": func(t *testing.T, s *Supervisor, _ <-chan struct{}) {
			enginetest.Eventually(t, 10*time.Second, "the diagnosis", func() bool { st := s.Status(); return st.Err != nil && st.Err.Kind == fault.EngineHung })
		},
	} {
		t.Run(name, func(t *testing.T) {
			silent, taken := hung(t)
			late := filepath.Join(t.TempDir(), "late.sock")
			// An OS of the test's own, for the sockets of this computer are nobody's business.
			places["test"] = []place{{name: defaultName, host: silent}, {name: "late", host: "unix://" + late}}
			t.Cleanup(func() { delete(places, "test") })
			s := supervise(t, Options{Where: at("test", "", nil)})
			until(t, s, taken)
			if err := os.Symlink(strings.TrimPrefix(of.Host, "unix://"), late); err != nil {
				t.Fatal(err)
			}
			appeared := time.Now()
			enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
			if took := time.Since(appeared); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
			if st := s.Status(); st.Endpoint.Name != "late" {
				t.Errorf("connected to %+v", st.Endpoint)
			}
		})
	}
}
