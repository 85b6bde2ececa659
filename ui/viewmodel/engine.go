package viewmodel

import (
	"context"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/diagnose"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/engine/task"
)

// Engine is what the window needs of the engine layer: commands go down and return at once, state comes up as snapshots.
// *engine.Engine is the real one; tests use a fake.
type Engine interface {
	// Snapshot is the present state; cheap, and immutable.
	Snapshot() engine.Snapshot
	// Changed says "look again". It has a capacity of 1, so any number of changes is one signal.
	Changed() <-chan struct{}

	// Start brings the sandbox up, whatever that takes: getting the image, making volumes, creating the container. The
	// id is of the task that does it. A name that does not exist yet is created with the defaults.
	Start(name string) task.ID
	// Create makes a sandbox from a spec and starts it. A name that is taken fails.
	Create(spec sandbox.Spec) task.ID
	// Edit changes a sandbox to another spec on the same volumes; when that does not work out, the old one comes back.
	Edit(spec sandbox.Spec) task.ID
	Stop(name string) task.ID
	Restart(name string) task.ID
	// Remove removes the container. The volumes stay.
	Remove(name string) task.ID

	Cancel(id task.ID)
	// Again starts a new task that does what that finished one did.
	Again(id task.ID) task.ID
	// TaskLog is the log of one step, or of the whole task when step is "", oldest first.
	TaskLog(id task.ID, step string) []task.LogLine
	// ForgetTasks empties the history of finished tasks.
	ForgetTasks()

	// OpenURL is an address that takes a browser to the sandbox's opencode, signed in. It works once. It fails when the
	// sandbox is not healthy.
	OpenURL(ctx context.Context, name string) (string, error)

	// Details looks at a sandbox and reads its sessions. It waits for both.
	Details(ctx context.Context, name string) (engine.Details, error)
	// DockerCommand is a spec as docker commands, without a secret.
	DockerCommand(spec sandbox.Spec) (string, error)
	// SaveLog writes the whole log to a file, as a task.
	SaveLog(name, path string) task.ID

	// Images lists the engine's images. It waits for the engine.
	Images(ctx context.Context) ([]engine.Image, error)
	// Newer asks a reference's registry for a newer image. It waits for the answer.
	NewerOn(ctx context.Context, on, reference string) (bool, error)
	BuildImageOn(on string, fresh bool) task.ID
	PullImageOn(on, reference string) task.ID
	RemoveImage(i engine.Image) task.ID
	// CleanImages removes the images that Berth built and nothing needs.
	CleanImages() task.ID
	// ImageFor is the reference that a new sandbox is made of with these settings; "" while that is unknown.
	ImageFor(config.Settings) string

	// Volumes lists Berth's volumes, sizes as of the last Measure. It waits for the engine.
	Volumes(ctx context.Context) ([]engine.Volume, error)
	// Measure counts what the volumes hold, as a task.
	Measure() task.ID
	// Backup writes a sandbox into one file; with an empty path into the folder of the settings.
	Backup(name, path string) task.ID
	// Backups lists the backups in the folder of the settings, the newest first; of all sandboxes when name is "".
	Backups(name string) []engine.BackupFile
	// InspectBackup reads a backup's manifest. It reads a file.
	InspectBackup(path string) (engine.BackupInfo, error)
	// Restore brings a backup back under a name, new or present. Wide says that a person agreed to what opens it wider.
	Restore(path, name string, wide bool) task.ID
	// Clone makes a sandbox with a copy of another one's volumes.
	Clone(name, to string) task.ID
	// Update takes a sandbox to the newest image, as a transaction with a rollback point.
	Update(name string) task.ID
	// Points lists a sandbox's rollback points, the newest first. It waits for the engine.
	Points(ctx context.Context, name string) ([]engine.Point, error)
	Rollback(name, point string) task.ID
	RemovePoint(name, point string) task.ID
	// DataOf looks what would be gone with a sandbox's volumes. It waits for the engine to count it.
	DataOf(ctx context.Context, name string) (engine.Data, error)
	// DeleteData deletes a sandbox with its volumes, rollback points and password.
	DeleteData(name string) task.ID
	// Repair gives all that the volumes hold to opencode's user; mounted folders only when a person agreed.
	Repair(name string, folders bool) task.ID
	// Browse lists a folder of a sandbox's volume, "" for its root. It waits for the engine.
	Browse(ctx context.Context, name string, role agent.Role, folder string) ([]engine.File, error)
	// SaveFile writes one file of a volume to this computer, as a task; a folder becomes a tar.
	SaveFile(name string, role agent.Role, file, path string) task.ID
	// Sources lists what a sandbox can be imported from. It waits for the engine.
	Sources(ctx context.Context) ([]engine.Source, error)
	Import(source, to string) task.ID

	// Providers lists what providers a sandbox's opencode knows and which it has keys of; never a key. It waits for opencode.
	Providers(ctx context.Context, name string) ([]engine.Provider, error)
	// SetKey gives a sandbox the key of a provider, GiveKey the one that is kept, and RemoveKey takes it away and forgets it.
	// Each waits for opencode; on an error nothing was changed.
	SetKey(ctx context.Context, name, provider, key string) error
	GiveKey(ctx context.Context, name, provider string) error
	RemoveKey(ctx context.Context, name, provider string) error
	// NewPassword gives a sandbox another password, as a change of it.
	NewPassword(name string) task.ID
	// SecretPlace looks where passwords and keys are kept. It waits for the keyring, some seconds at most.
	SecretPlace(ctx context.Context) secret.Place

	// Look tells what a person can see: live usage is streamed only while visible, and only the log of that sandbox is
	// followed ("" for none).
	Look(visible bool, sandbox string)
	// Log is the log of a sandbox, empty until it was looked at. It keeps its place when the container is recreated.
	Log(name string) *logs.Ring

	// LookAgain searches for an engine now instead of at the next try; while one is connected, it asks the others.
	LookAgain()
	// Choose uses another endpoint from now on; "" goes back to choosing by itself.
	Choose(endpoint string)
	// TryEndpoint asks the engine at an address what it is. It waits for the answer, as long as one may take.
	TryEndpoint(ctx context.Context, ep config.Endpoint) (connect.Engine, error)
	// StartEngine runs the remedy the diagnosis offers (start the engine's service), as a task.
	StartEngine() task.ID

	// Diagnose gathers what helps to find out what is wrong. It waits for the engine and reads files.
	Diagnose(ctx context.Context) diagnose.Report
	// MeasureDisk has the engine count what it keeps, as a task.
	MeasureDisk() task.ID

	Settings() config.Settings
	// Apply checks and saves settings; on an error nothing has changed.
	Apply(config.Settings) error
}
