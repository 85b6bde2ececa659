package connect

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// supervise runs a supervisor for the test, with a session that lasts as long as the engine's events do.
func supervise(t *testing.T, opts Options) *Supervisor {
	t.Helper()
	s := NewSupervisor(opts)
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Run(ctx, func(ctx context.Context, cli *client.Client, _ Engine) error {
			messages, broken := cli.Events(ctx, events.ListOptions{})
			for {
				select {
				case <-messages: // one that nobody takes would keep the end from being seen
				case err := <-broken:
					return err
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		})
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
	})
	return s
}

func only(host string) Where {
	return at("linux", "", map[string]string{"DOCKER_HOST": host})
}

func phase(s *Supervisor, p Phase) func() bool {
	return func() bool { return s.Status().Phase == p }
}

func TestAnEngineSaysWhatItIs(t *testing.T) {
	for product, of := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		t.Run(product, func(t *testing.T) {
			cli, eng, err := Try(t.Context(), Endpoint{Name: "test", Host: of(t).Host}, Where{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cli.Close() }()
			if eng.Product != product || eng.Version == "" || eng.APIVersion == "" || eng.Arch == "" || eng.CPUs == 0 || eng.Memory == 0 {
				t.Errorf("%+v", eng)
			}
			if eng.BuildKit != (product == "Docker") {
				t.Errorf("%s with BuildKit: %v", product, eng.BuildKit)
			}
		})
	}
}

func TestAnEngineThatAppearsLaterIsPickedUpWithinTwoSeconds(t *testing.T) {
	e := enginetest.Private(t)
	e.Stop()
	s := supervise(t, Options{Where: only(e.Host)})
	enginetest.Eventually(t, 10*time.Second, "the pause to be at its longest", func() bool {
		st := s.Status()
		return st.Err != nil && st.Phase == Looking && time.Since(st.Since) > 4*time.Second
	})
	e.Start() // returns as soon as the engine answers a ping
	answered := time.Now()
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	if took := time.Since(answered); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if st := s.Status(); st.Endpoint.Host != e.Host || st.Err != nil || s.Client() == nil || st.Engine.Product != "Docker" {
		t.Errorf("%+v", st)
	}
}

func TestAnEngineThatIsKilledIsLostAndFoundAgain(t *testing.T) {
	e := enginetest.Private(t)
	s := supervise(t, Options{Where: only(e.Host)})
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	e.Kill()
	enginetest.Eventually(t, 10*time.Second, "the loss", phase(s, Lost))
	if s.Client() != nil {
		t.Error("a lost engine still has a client")
	}
	enginetest.Eventually(t, 10*time.Second, "the diagnosis", func() bool { st := s.Status(); return st.Err != nil && st.Err.Kind == fault.NotRunning })
	e.Start()
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
}

func TestTheFirstThatAnswersIsTakenAndTheOthersAreToldOf(t *testing.T) {
	of := enginetest.Shared(t)
	home := t.TempDir()
	addContext(t, home, "lab", "ssh://nobody@192.0.2.1")
	addContext(t, home, "real", of.Host)
	w := at("linux", home, map[string]string{"XDG_RUNTIME_DIR": home, "COLIMA_HOME": home, "LIMA_HOME": home})
	// The default socket of this computer is nobody's business in a test, so it is asked for by the context in use.
	useContext(t, home, "real")
	s := supervise(t, Options{Where: w})
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	st := s.Status()
	if st.Endpoint.Name != "context real" || st.Endpoint.Host != of.Host {
		t.Errorf("connected to %+v", st.Endpoint)
	}
	lab := slices.IndexFunc(st.Attempts, func(a Attempt) bool { return strings.HasPrefix(a.Endpoint.Host, "ssh://") })
	if lab < 0 || st.Attempts[lab].Tried {
		t.Errorf("the far endpoint was dialled, or is not listed: %+v", st.Attempts)
	}
}

func TestChoosingAnotherEndpointConnectsToThatAlone(t *testing.T) {
	of, podman := enginetest.Shared(t), enginetest.Podman(t)
	s := supervise(t, Options{Where: only(of.Host)})
	enginetest.Eventually(t, 10*time.Second, "the connection", phase(s, Connected))
	s.Choose(podman.Host)
	enginetest.Eventually(t, 10*time.Second, "Podman", func() bool { return s.Status().Engine.Product == "Podman" })
	s.Choose("unix:///nonexistent/x.sock")
	enginetest.Eventually(t, 10*time.Second, "the failure", func() bool { st := s.Status(); return st.Phase != Connected && st.Err != nil })
	if st := s.Status(); st.Endpoint.Host == of.Host {
		t.Error("another engine was taken instead of the chosen one")
	}
	s.Choose("nonsense://x")
	enginetest.Eventually(t, 10*time.Second, "the refusal", func() bool { st := s.Status(); return st.Err != nil && st.Err.Kind == fault.BadContext })
	s.Choose("")
	enginetest.Eventually(t, 10*time.Second, "Docker", func() bool { return s.Status().Engine.Product == "Docker" })
}
