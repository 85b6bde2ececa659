package connect

import (
	"context"
	"strings"
	"time"

	"github.com/docker/docker/api"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// How long an engine has for its first answer.
const (
	localTimeout = 5 * time.Second
	sshTimeout   = 15 * time.Second // a connection, two handshakes and a program on the far side come first
)

// Try connects to an endpoint and asks the engine what it is, in at most 5 s (15 s over ssh). On success the client is
// the caller's to Close. On failure the client is nil and the error says which of NoEngine, NotRunning, Permission,
// GroupInactive, EngineTooOld, EngineHung, BadContext or, for an engine on another computer, Network it is, with its
// remedy; a ctx that ends first is Cancelled.
func Try(ctx context.Context, ep Endpoint, w Where) (*client.Client, Engine, *fault.Error) {
	if ep.Name == "" {
		ep.Name = ep.Host // it is being typed, and has none yet
	}
	cli, rec, failure := dial(ep, w)
	if failure != nil {
		return nil, Engine{}, failure
	}
	patience := localTimeout
	if strings.HasPrefix(ep.Host, "ssh://") {
		patience = sshTimeout
	}
	inTime, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	eng, err := ask(inTime, cli)
	if err == nil {
		return cli, eng, nil
	}
	_ = cli.Close() // closes idle connections, and cannot fail
	if ctx.Err() != nil {
		return nil, Engine{}, fault.From("connect to "+ep.Name, context.Cause(ctx))
	}
	return nil, Engine{}, diagnose(ep, w, rec, patience, err)
}

// tooOld is an engine with no API version in common with the client.
type tooOld struct{ version string }

func (e tooOld) Error() string {
	return "it speaks API " + e.version + ", and " + api.MinSupportedAPIVersion + " is the oldest that can be used"
}

// ask pings, agrees on an API version, and reads what the engine says of itself.
func ask(ctx context.Context, cli *client.Client) (Engine, error) {
	ping, err := cli.Ping(ctx)
	if err != nil {
		return Engine{}, err
	}
	if ping.APIVersion != "" && versions.LessThan(ping.APIVersion, api.MinSupportedAPIVersion) {
		return Engine{}, tooOld{ping.APIVersion}
	}
	cli.NegotiateAPIVersionPing(ping)
	version, err := cli.ServerVersion(ctx)
	if err != nil {
		return Engine{}, err
	}
	info, err := cli.Info(ctx)
	if err != nil {
		return Engine{}, err
	}
	return describe(cli.ClientVersion(), version, info, buildKit(ctx, cli, ping)), nil
}

func describe(negotiated string, version types.Version, info system.Info, buildKit bool) Engine {
	eng := Engine{
		Product: "Docker", Version: version.Version, APIVersion: negotiated, OS: info.OperatingSystem, Arch: version.Arch,
		BuildKit: buildKit, CPUs: info.NCPU, Memory: info.MemTotal,
	}
	for _, component := range version.Components {
		if strings.HasPrefix(component.Name, "Podman") {
			eng.Product = "Podman"
		}
	}
	for _, option := range info.SecurityOptions {
		eng.Rootless = eng.Rootless || option == "rootless" || option == "name=rootless"
	}
	return eng
}

// buildKit asks whether the engine builds with BuildKit. Builder-Version alone does not tell: Docker before 23 has
// BuildKit behind /grpc and says 1, unless its settings name it as the default.
func buildKit(ctx context.Context, cli *client.Client, ping types.Ping) bool {
	if ping.BuilderVersion == "2" {
		return true
	}
	if ping.OSType == "windows" {
		return false // it has /grpc, and nothing that builds behind it
	}
	conn, err := cli.DialHijack(ctx, "/grpc", "h2c", nil)
	if err != nil {
		return false // Podman answers 404
	}
	_ = conn.Close() // nothing was said on it
	return true
}
