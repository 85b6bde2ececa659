package image

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

// quick is a policy whose pauses do not hold a test up.
var quick = task.Policy{Attempts: 6, Base: 50 * time.Millisecond, Max: 500 * time.Millisecond}

// forget removes an image at the end of the test.
func forget(t testing.TB, cli *client.Client, refs ...string) {
	t.Helper()
	t.Cleanup(func() {
		for _, ref := range refs {
			_, _ = cli.ImageRemove(context.Background(), ref, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
		}
	})
}

// pull pulls refs as a task and gives it when it is over.
func pull(t testing.TB, cli *client.Client, opts PullOptions) (*task.Task, Image) {
	t.Helper()
	forget(t, cli, opts.References...)
	if opts.Policy.Attempts == 0 {
		opts.Policy = quick
	}
	if opts.DockerConfig == "" {
		opts.DockerConfig = t.TempDir()
	}
	var got Image
	one := run(t, func(ctx context.Context, own *task.Task) (err error) {
		got, err = Pull(ctx, cli, own, opts)
		return err
	})
	return one, got
}

// watched runs do as a task and checks after every change that progress did not fall, and that it was seen to rise that often.
func watched(t testing.TB, least int, do func(ctx context.Context, own *task.Task) error) *task.Task {
	t.Helper()
	changed := make(chan struct{}, 1)
	r := task.NewRunner(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}, nil)
	defer r.Close()
	one := r.Go(task.Options{Title: t.Name()}, do)
	last, seen := 0.0, 0
	for {
		p := one.View().Progress
		if p < last {
			t.Errorf("progress fell from %v to %v", last, p)
		}
		if p > last {
			seen++
		}
		last = p
		select {
		case <-changed:
		case <-one.Done():
			if v := one.View(); v.State == task.Done && (v.Progress != 1 || seen < least) {
				t.Errorf("progress ended at %v after %d changes", v.Progress, seen)
			}
			return one
		}
	}
}

func TestPullOfManyLayersShowsEachAndNeverFallsBack(t *testing.T) {
	e := enginetest.Shared(t)
	ref := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":1"
	const n = 40
	enginetest.PushLayers(t, ref, n, 200_000)
	forget(t, e.Client, ref)

	var got Image
	one := watched(t, 1, func(ctx context.Context, own *task.Task) (err error) {
		got, err = Pull(ctx, e.Client, own, PullOptions{References: []string{ref}, DockerConfig: t.TempDir()})
		return err
	})
	v := one.View()
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	layers := 0
	for _, s := range v.Steps {
		if s.State != task.StepDone {
			t.Errorf("%s is %s", s.Label, s.State)
		}
		config := strings.HasPrefix(got.ID, "sha256:"+s.Label) // Podman names an image's configuration among its layers
		if s.Label != "Unpack" && !config {
			layers++
		}
	}
	if layers != n {
		t.Errorf("%d layers, want %d", layers, n)
	}
	if got.ID == "" || !strings.HasPrefix(got.Digest, "sha256:") || got.Size < n*200_000 || got.Reference != ref {
		t.Errorf("got %+v", got)
	}

	t.Run("again, with all layers present", func(t *testing.T) {
		one, again := pull(t, e.Client, PullOptions{References: []string{ref}})
		if v := one.View(); v.Err != nil || v.Progress != 1 || again.ID != got.ID {
			t.Errorf("%v, progress %v, %+v", v.Err, v.Progress, again)
		}
	})
}

// front is a registry that answers some requests for manifests with a status of its own before it lets them through.
func front(t testing.TB, registry string, times int32, code int, header http.Header) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	target := &url.URL{Scheme: "http", Host: registry}
	proxy := httputil.NewSingleHostReverseProxy(target)
	transport := &http.Transport{}
	proxy.Transport = transport
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "/manifests/") || asked.Add(1) > times {
			proxy.ServeHTTP(w, r)
			return
		}
		for key, values := range header {
			w.Header()[key] = values
		}
		w.WriteHeader(code)
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return strings.TrimPrefix(server.URL, "http://"), asked
}

func TestPullTriesAgainOnlyWhatCanSucceed(t *testing.T) {
	e := enginetest.Shared(t)
	registry := enginetest.Registry(t)
	name := enginetest.Name(t)
	enginetest.PushLayers(t, registry+"/"+name+":1", 2, 1000)
	const always = 1 << 20
	tests := []struct {
		name  string
		code  int
		times int32
		kind  fault.Kind // "" for success in the end
	}{
		{"401 is final", http.StatusUnauthorized, always, fault.Unauthorized},
		{"403 is final", http.StatusForbidden, always, fault.Unauthorized},
		{"404 is final", http.StatusNotFound, always, fault.ImageNotFound},
		{"429 for ever", http.StatusTooManyRequests, always, fault.RateLimited},
		{"429, then fine", http.StatusTooManyRequests, 3, ""},
		{"500, then fine", http.StatusInternalServerError, 3, ""},
		{"503 for ever", http.StatusServiceUnavailable, always, fault.EngineError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, asked := front(t, registry, tt.times, tt.code, http.Header{"Retry-After": {"1"}})
			one, _ := pull(t, e.Client, PullOptions{References: []string{address + "/" + name + ":1"}})
			v := one.View()
			if tt.kind == "" {
				// Berth asked again, or the engine did: containerd does so after 429.
				if v.Err != nil || asked.Load() <= tt.times || v.Attempt < 2 && tt.code != http.StatusTooManyRequests {
					t.Errorf("after %d attempts, %d requests: %v", v.Attempt, asked.Load(), v.Err)
				}
				return
			}
			wantKind(t, v.Err, tt.kind)
			if final := !fault.Retryable(tt.kind); final != (v.Attempt == 1) {
				t.Errorf("%d attempts", v.Attempt)
			}
		})
	}
}

func TestPullTriesReferencesInOrderAndTellsEveryReason(t *testing.T) {
	e := enginetest.Shared(t)
	registry := enginetest.Registry(t)
	name := enginetest.Name(t)
	enginetest.PushLayers(t, registry+"/"+name+":1", 1, 1000)
	missing, refused, good := registry+"/"+name+":absent", "127.0.0.1:1/"+name+":1", registry+"/"+name+":1"
	once := task.Policy{Attempts: 1}

	t.Run("the first that can be had", func(t *testing.T) {
		one, got := pull(t, e.Client, PullOptions{References: []string{missing, "Not A Reference", good}, Policy: once})
		if one.View().Err != nil || got.Reference != good {
			t.Errorf("got %+v, %v", got, one.View().Err)
		}
	})
	t.Run("none", func(t *testing.T) {
		one, _ := pull(t, e.Client, PullOptions{References: []string{missing, refused}, Policy: once})
		err := wantKind(t, one.View().Err, fault.ImageNotFound)
		if !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), refused) || len(err.Log) != 2 {
			t.Errorf("not every reason is told: %v", err)
		}
		if !errors.Is(err.Err, fault.Network) {
			t.Errorf("the kind of the second is lost: %v", err.Err)
		}
	})
	t.Run("no reference at all", func(t *testing.T) {
		one, _ := pull(t, e.Client, PullOptions{})
		wantKind(t, one.View().Err, fault.BadInput)
	})
}

func TestACancelledPullEndsAndCanBeRepeated(t *testing.T) {
	e := enginetest.Shared(t)
	ref := slowImage(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	forget(t, e.Client, ref)
	one := running(t, func(own context.Context, tk *task.Task) error {
		_, err := Pull(own, e.Client, tk, PullOptions{References: []string{ref}, Policy: quick, DockerConfig: t.TempDir()})
		return err
	})
	await(t, ctx, "the download has begun", func() bool { return one.View().Current > 0 })
	one.Cancel()
	<-one.Done()
	wantKind(t, &fault.Error{Op: "pull", Kind: fault.KindOf(one.View().Err), Err: one.View().Err}, fault.Cancelled)

	again, _ := pull(t, e.Client, PullOptions{References: []string{ref}})
	if v := again.View(); v.Err != nil || v.Attempt != 1 {
		t.Errorf("the second pull: attempt %d, %v", v.Attempt, v.Err)
	}
}

// slowImage pushes an image that takes some time to pull.
func slowImage(t testing.TB) string {
	t.Helper()
	ref := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":1"
	enginetest.PushLayers(t, ref, 12, 8_000_000)
	return ref
}

// await waits until a condition holds, asking again every few milliseconds, and fails the test after a minute.
func await(t testing.TB, ctx context.Context, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("it did not come to that %s", what)
		case <-tick.C:
		}
	}
}

func TestAPullCutByTheNetworkSucceedsOnAnotherTry(t *testing.T) {
	e := enginetest.Shared(t)
	registry := enginetest.Registry(t)

	t.Run("between engine and registry, at half", func(t *testing.T) {
		name := enginetest.Name(t)
		enginetest.PushLayers(t, registry+"/"+name+":1", 4, 1_000_000)
		proxy := enginetest.Proxy(t, "tcp", registry)
		proxy.CutAfter(2_000_000)
		one, got := pull(t, e.Client, PullOptions{References: []string{proxy.Addr() + "/" + name + ":1"}})
		if v := one.View(); v.Err != nil || got.ID == "" {
			t.Errorf("attempt %d: %v", v.Attempt, v.Err)
		}
		// The engine may have asked for the rest by itself, in which case one pull of Berth's was enough.
		if proxy.Cuts() != 1 {
			t.Errorf("it was cut %d times", proxy.Cuts())
		}
	})
	t.Run("between Berth and engine, inside JSON", func(t *testing.T) {
		ref := registry + "/" + enginetest.Name(t) + ":1"
		enginetest.PushLayers(t, ref, 20, 100_000)
		proxy := enginetest.Proxy(t, "unix", strings.TrimPrefix(e.Host, "unix://"))
		cli := through(t, proxy.Addr())
		if _, err := cli.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		proxy.CutAfter(3000)
		one, got := pull(t, cli, PullOptions{References: []string{ref}})
		if v := one.View(); v.Err != nil || got.ID == "" || v.Attempt < 2 {
			t.Errorf("attempt %d: %v", v.Attempt, v.Err)
		}
	})
}

// through gives a client of the engine behind a proxy.
func through(t testing.TB, address string) *client.Client {
	t.Helper()
	host := address
	if !strings.Contains(host, "://") {
		host = "tcp://" + host
		if strings.HasPrefix(address, "/") {
			host = "unix://" + address
		}
	}
	cli, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cli.Close() })
	return cli
}

func TestAPullThatStandsStillIsTriedAgain(t *testing.T) {
	e := enginetest.Shared(t)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	t.Cleanup(silent.CloseClientConnections)
	one, _ := pull(t, e.Client, PullOptions{
		References: []string{strings.TrimPrefix(silent.URL, "http://") + "/x:1"},
		Stall:      300 * time.Millisecond, Policy: task.Policy{Attempts: 2, Base: time.Millisecond},
	})
	wantKind(t, one.View().Err, fault.Timeout)
	if v := one.View(); v.Attempt != 2 {
		t.Errorf("%d attempts", v.Attempt)
	}
}

func TestFind(t *testing.T) {
	e := enginetest.Shared(t)
	got, ok, err := Find(t.Context(), e.Client, enginetest.BaseImage)
	if err != nil || !ok || got.ID == "" || got.Size == 0 || got.Created.IsZero() {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if _, ok, err := Find(t.Context(), e.Client, enginetest.Name(t)+":absent"); ok || err != nil {
		t.Errorf("an absent image: %v, %v", ok, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = Find(ctx, e.Client, enginetest.BaseImage)
	wantKind(t, err, fault.Cancelled)
}
