/**
 * Every limit that a peer can see or that bounds what one peer may make us hold.
 * Unit in the name. "0.169.0" means: behaviour of that release of the reference server, visible to peers.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

// ---- messages ----------------------------------------------------------------------------------

/** Largest message taken from a peer, in one frame or many. Source: 0.169.0 (64 MiB assembled). */
export const INBOUND_MESSAGE_BYTES = 64 * MIB;
/** Frames that one message may come in; each costs us far more than its bytes. Source: our own (64 MiB in frames of 4 KiB). */
export const INBOUND_MESSAGE_FRAGMENTS = 16 * 1024;
/** A frame above this that is no JSON at all is not answered, the link ends. Source: 0.169.0 drops every such frame. */
export const INBOUND_FRAME_REFERENCE_BYTES = 16 * MIB;
/** Longest line on stdio without its terminator. Source: 0.169.0. */
export const STDIO_LINE_BYTES = 64 * MIB;
/** A message above this leaves as several WebSocket frames. Source: 0.169.0's client refuses frames over 16 MiB. */
export const OUTBOUND_FRAME_BYTES = 4 * MIB;
/**
 * An executor that drains stays so long after the last process, ms: who follows one by reads asks once more. Source: our own; a round
 * trip over the slowest of usual ways.
 */
export const LAST_READS_MS = 1000;
/** Longest time to drain, s: what a timer can count. Source: Node. */
export const LONGEST_DRAIN_S = 2_147_483;
/** Largest reply, unless the server was told otherwise. Source: 0.169.0's client takes messages of 64 MiB. */
export const REPLY_BYTES = 64 * MIB;
/** What it may be told: enough for every reply that does not hold a file, and a whole file of READ_FILE_BYTES. Source: our own. */
export const SMALLEST_REPLY_BYTES = 2 * MIB;
export const LARGEST_REPLY_BYTES = 1024 * MIB;
/** Characters of a path URI: far more than any path that a system takes, as a URI. Source: our own; 0.169.0 has no limit. */
export const PATH_URI_CHARACTERS = 64 * KIB;
/** JSON values (objects, arrays, scalars; keys not counted) in one message. Source: 0.169.0. */
export const JSON_VALUES = 262_144;
/** Nesting of JSON values. Source: 0.169.0. */
export const JSON_DEPTH = 127;
/** Characters of a peer's own text quoted back to it in an error. Source: our own; 0.169.0 quotes all. */
export const QUOTED_CHARACTERS = 4096;
/** Messages of one connection handled per turn of the event loop. Source: our measurements; fairness between connections. */
export const MESSAGES_PER_TURN = 32;
/**
 * Whoever asks again within the first of these after an answer is waited for without sleep for the second, ms. Source: our measurements;
 * to be woken takes some 50 us at either end on a virtual machine, and a client needs some 50 us from answer to request.
 */
export const IN_A_ROW_MS = 0.5;
export const LINGER_MS = 0.1;
/** Decoded requests that wait for their turn in one connection, above which its socket is not read. Source: our measurements. */
export const WAITING_REQUESTS = 128;
/** The same where they wait for others to finish: many, so that a request to end those others is still read. Source: our own. */
export const WAITING_REQUESTS_BEHIND_OTHERS = 16_384;
/** Bytes of requests that wait or are being answered in one connection, above which its socket is not read. Source: our own; two of the largest. */
export const HELD_REQUEST_BYTES = 2 * INBOUND_MESSAGE_BYTES;
/** Requests of one connection that may be under way at once, unless the server was told otherwise. Source: our own. */
export const CONCURRENT_REQUESTS = 4_096;
/** Bytes queued for a peer that does not read, above which it is dropped; its session stays resumable. Source: our own. */
export const OUTBOUND_QUEUE_BYTES = 256 * MIB;

// ---- what an operator may set otherwise: see src/limits/ ---------------------------------------------------
// Source of all of them: our own; no known client comes near. 0.169.0 has no such limits.

/** Connections at once: 47 KB each with its session, and a descriptor. */
export const CONNECTIONS = 4_096;
/** Sessions at once, also those without a connection, which live for 80 s: 23 KB each. */
export const SESSIONS = 8_192;
/** Processes that have not closed, of one session and of all: each costs the system far more than us. */
export const SESSION_PROCESSES = 1_024;
export const PROCESSES = 4_096;
/** Starts of one session per second, and at once: a machine of two cores starts 250, a client of ours has 1,024 calls in flight. */
export const STARTS_PER_SECOND = 2_000;
/** What is kept of processes that have closed, for 80 s: 1,000 of those that wrote more than 1 MiB, 170,000 of those that wrote nothing. */
export const RETAINED_BYTES = 2048 * MIB;
/** What each of them counts for beside its output. Source: our measurements. */
export const RETAINED_PROCESS_BYTES = 12 * KIB;
/** TCP connections beside those that have become WebSockets, which have 10 s to ask for one. */
export const SPARE_SOCKETS = 256;
/** The least that may be set for what waits for a peer: the frames that 48 processes have in flight. */
export const SMALLEST_OUTBOUND_BYTES = 16 * MIB;
/** The longest time that may be set: what a timer takes, 24 days. */
export const LONGEST_SECONDS = 2_147_483;

// ---- notifications, as the 0.169.0 client limits them ------------------------------------------------

/** process/output, process/exited, process/closed, http/request/bodyDelta. */
export const STREAM_NOTIFICATION_BYTES = 2 * MIB;
/** Every other notification and every request from server to client. */
export const OTHER_NOTIFICATION_BYTES = 8 * KIB;

// ---- processes -----------------------------------------------------------------------------------------

/** Raw output in one process/output. Source: our measurements (smaller costs rate, larger costs client CPU); bounded by 2 MiB of text. */
export const OUTPUT_CHUNK_BYTES = 64 * KIB;
/** Raw output kept per process. Source: 0.169.0. */
export const RETAINED_OUTPUT_BYTES = 1 * MIB;
/** Output chunks kept per process. Source: 0.169.0. */
export const RETAINED_OUTPUT_CHUNKS = 50_000;
/** A closed process stays readable, and its id taken. Source: 0.169.0 (30 s before it). */
export const CLOSED_PROCESS_RETENTION_MS = 80_000;
/** writeIds remembered per process. Source: 0.169.0. */
export const REMEMBERED_WRITE_IDS = 4096;
/** Chunks of input waiting for one process; one more may be on its way. Source: 0.169.0. */
export const QUEUED_STDIN_CHUNKS = 128;
/** Bytes of input waiting for one process, above which a write waits for room; a first chunk always has it. Source: our own. */
export const QUEUED_STDIN_BYTES = 16 * MIB;
/** Writes of one process that may wait for room, and their bytes; more is refused. Source: our own. */
export const WAITING_STDIN_WRITES = 1024;
export const WAITING_STDIN_BYTES = 16 * MIB;
/** Frames of one process handed to the socket and not yet taken by the kernel. Source: our measurements. */
export const FRAMES_IN_FLIGHT = 4;
/** Terminal size of a tty process. Source: 0.169.0; there is no resize. */
export const TTY_ROWS = 24;
export const TTY_COLUMNS = 80;

// ---- files -----------------------------------------------------------------------------------------------

/** Largest file that fs/readFile reads, as far as the reply limit lets it. Source: 0.169.0. */
export const READ_FILE_BYTES = 512 * MIB;
/** Entries of one directory that fs/readDirectory and fs/walk take. Source: 0.169.0. */
export const DIRECTORY_ENTRIES = 50_000;
/** The most that fs/walk may be asked for. Source: 0.169.0. */
export const WALK_DEPTH = 64;
export const WALK_DIRECTORIES = 10_000;
export const WALK_ENTRIES = 50_000;
/** What the items of one walk may cost together: their URIs and messages, and so much each. Source: 0.169.0. */
export const WALK_RESPONSE_BYTES = 4 * MIB;
export const WALK_ITEM_BYTES = 64;
/** Open file handles of one connection. Source: 0.169.0. */
export const FILE_HANDLES = 128;
/** UTF-8 bytes of a handleId. Source: 0.169.0. */
export const HANDLE_ID_BYTES = 32;
/** Largest block of fs/readBlock and fs/writeBlock, bytes. Source: 0.169.0. */
export const FILE_BLOCK_BYTES = 1 * MIB;
/** File operations of one connection that a worker has at once, or whose large reply has not left yet. Source: our own. */
export const FILE_TASKS_AT_ONCE = 4;
/** Of these, reads of whole files, since their replies are held whole. Source: our own. */
export const WHOLE_FILE_READS_AT_ONCE = 2;
/** Blocks of one connection read before they are asked for. Source: our own. */
export const BLOCKS_READ_AHEAD = 8;
/** Of these, work on whole trees, which may take any time: listing, copying, removing them. Source: our own. */
export const TREE_TASKS_AT_ONCE = 2;
/** Threads for files; more than one only while there is work for more. Source: our own; for several connections with slow work. */
export const FILE_WORKERS = 16;
/** Paths of one fs/watchMissing, and directories watched for them. Source: 0.169.0. */
export const WATCHED_PATHS = 64;
export const WATCHED_DIRECTORIES = 64;

// ---- settings and capabilities -----------------------------------------------------------------------------

/** Largest file of settings that is read. Source: our own. */
export const CONFIG_FILE_BYTES = 1 * MIB;
/** Nesting of tables and lists in it. Source: 0.169.0. */
export const CONFIG_DEPTH = 80;
/** Files by which git points from one folder to another. Source: our own. */
export const GIT_POINTER_BYTES = 64 * KIB;
/** Roots of one capabilityRoots/discoverV1. Source: 0.169.0. */
export const CAPABILITY_ROOTS = 128;
/** How far a root is looked through, as for fs/walk. Source: 0.169.0. */
export const CAPABILITY_WALK_DEPTH = 6;
export const CAPABILITY_WALK_DIRECTORIES = 2_000;
export const CAPABILITY_WALK_ENTRIES = 20_000;
/** Largest file that is read there, and all of one root together. Source: 0.169.0. */
export const CAPABILITY_FILE_BYTES = 1 * MIB;
export const CAPABILITY_ROOT_BYTES = 16 * MIB;
/** Folders that capabilities/discoverV2 looks through. Source: 0.169.0. */
export const CAPABILITY_LOCATIONS = 512;
/** What it answers with: plugins and skills, their JSON, and warnings. Source: 0.169.0. */
export const CAPABILITIES = 2_048;
export const CAPABILITIES_BYTES = 4 * MIB;
export const CAPABILITY_WARNINGS = 64;
/** Of a skill's name, alone and with the name of its plugin before it, characters. Source: 0.169.0. */
export const SKILL_NAME_CHARACTERS = 64;
export const QUALIFIED_SKILL_NAME_CHARACTERS = 129;
/** Nesting and lexical parts (scalars, blanks, marks, line ends) of the YAML in a SKILL.md and beside it. Source: our own. */
export const YAML_DEPTH = 64;
export const YAML_LEXEMES = 4096;
/** The file that tells where a plugin was installed from, and the id in it. Source: 0.169.0. */
export const PLUGIN_ORIGIN_FILE_BYTES = 16 * KIB;
export const PLUGIN_ORIGIN_ID_BYTES = 1 * KIB;

// ---- http/request ------------------------------------------------------------------------------------------

/** Redirects followed for one request. Source: 0.169.0. */
export const HTTP_REDIRECTS = 10;
/** Longest URL. Source: 0.169.0. */
export const HTTP_URL_BYTES = 65_534;
/** Longest name of a header that is sent. Source: 0.169.0. */
export const HTTP_HEADER_NAME_BYTES = 65_535;
/** Status line and headers of an answer. Source: our own; 0.169.0 takes more than 500 kB. */
export const HTTP_RESPONSE_HEAD_BYTES = 1 * MIB;
/** Largest piece of a streamed body, decoded. Source: 0.169.0, whose client takes no larger one. */
export const HTTP_DELTA_BYTES = 1 * MIB;
/** Longest requestId of a streamed body, as JSON: with it and the largest piece a notification is still below 2 MiB. Source: our own. */
export const HTTP_STREAM_ID_BYTES = 256 * KIB;
/** Pieces of streamed bodies that one connection's socket has not taken yet; meanwhile nothing more is read. Source: our own. */
export const HTTP_FRAMES_IN_FLIGHT = 16;
/** Streamed bodies of one connection that have not come to their end. Source: our own. */
export const HTTP_STREAMS = 1_024;
/** A body that is told whole is read so far without asking; of those that are larger, so many of one connection at once. Source: our own. */
export const HTTP_SMALL_BODY_BYTES = 1 * MIB;
export const HTTP_LARGE_BODIES_AT_ONCE = 2;
/** Requests of one connection whose answer is told whole, from their beginning until the reply has left; others wait. Source: our own. */
export const HTTP_WHOLE_BODIES_AT_ONCE = 128;
/** How long a connection to a host is kept for the next request; common servers end it after 5 s. Source: our own. */
export const HTTP_IDLE_CONNECTION_MS = 4_000;
/** Connections kept for one host. Source: our own. */
export const HTTP_IDLE_CONNECTIONS = 8;

// ---- sandbox -------------------------------------------------------------------------------------------------

/** Files that one glob of a sandbox may deny. Source: 0.169.0. */
export const SANDBOX_GLOB_MATCHES = 8_192;
/** Options of one launch, words: bubblewrap takes 9,000, the command's own among them. Source: our own. */
export const SANDBOX_OPTION_WORDS = 8_000;
export const SANDBOX_WORDS = 8_900;
/** Size of the private /dev/shm of one sandbox. Source: our own; 0.169.0 has no bound. */
export const SANDBOX_SHARED_MEMORY_BYTES = 512 * MIB;
/** Directories that one sandbox keeps from being moved; bubblewrap takes some seconds for so many, and ever more for more. Source: our measurements. */
export const SANDBOX_PINS = 256;
/** Different places that sandboxes of one executor are given to write, over all its life; each is some 100 bytes. Source: our own. */
export const SANDBOX_WRITABLE_PLACES = 65_536;
/** Trying out bubblewrap takes no longer, for an initialize waits for it. Source: our own. */
export const SANDBOX_PROBE_MS = 5_000;
/** After this a sandbox that could not be had is tried again, when somebody asks for it. Source: our own. */
export const SANDBOX_PROBE_AGAIN_MS = 30_000;

// ---- file operations in a sandbox: helpers ---------------------------------------------------------------------

/** Helpers that wait for requests; with more, those that have been quiet for longest are ended. Source: our own. */
export const SANDBOX_HELPERS = 4;
/** Helpers at all, also those that are at work, hold files open or are about to end; what needs one more is refused. Source: our own. */
export const SANDBOX_HELPERS_AT_MOST = 16;
/** A helper ends when it has been quiet for so long, is so old, or has been asked so often. Source: our own. */
export const SANDBOX_HELPER_IDLE_MS = 30_000;
export const SANDBOX_HELPER_AGE_MS = 300_000;
export const SANDBOX_HELPER_REQUESTS = 5_000;
/** How long a helper has for one request; copies and removals of trees may take longer while their connection is there. Source: our own. */
export const SANDBOX_HELPER_PATIENCE_MS = 30_000;
/** How long a helper that is told to end has until it is killed. Source: our own. */
export const SANDBOX_HELPER_GRACE_MS = 1_000;
/** What is kept of what a helper says on standard error, the end of it. Source: our own. */
export const SANDBOX_HELPER_STDERR_BYTES = 4 * KIB;
/** The JSON of a helper's answer, without its body: a URI at most, or an error that quotes one. Source: our own. */
export const SANDBOX_HELPER_JSON_BYTES = 256 * KIB;

// ---- helpers for sandboxed files -------------------------------------------------------------------------------

/** JSON and body of a request to a helper: they hold what stood in one message of a peer. Source: our own. */
export const HELPER_REQUEST_BYTES = 2 * INBOUND_MESSAGE_BYTES;

// ---- loopback guard ------------------------------------------------------------------------------------------

/** A sandbox with network access counts as one that may still connect for so long after its end. Source: our own. */
export const NETWORK_SANDBOX_LINGER_MS = 5_000;
/** Connections that wait for it to be found out who made them; further ones are refused. Source: our own. */
export const HELD_CONNECTIONS = 256;

// ---- the Noise channel of remote mode ------------------------------------------------------------------------

/** Largest handshake message and encrypted record. Source: the Noise paper, and 0.169.0. */
export const NOISE_MESSAGE_BYTES = 65_535;

// ---- sessions and connections ----------------------------------------------------------------------------

/** A session without a connection lives on. Source: 0.169.0 (30 s before it). */
export const DETACHED_SESSION_RETENTION_MS = 80_000;
/** How long a resume waits for the old connection to answer a ping before it is closed. Source: our own. */
export const TAKEOVER_PING_MS = 1_000;
/** Interval of pings to a WebSocket peer. Source: 0.169.0. */
export const PING_INTERVAL_MS = 30_000;
/** A peer that sent nothing at all, not even a pong, for this long is dropped; its session stays resumable. Source: our own. */
export const SILENT_PEER_MS = 60_000;

/** A connection that many may open has so long to initialize; what it sends before that is held for nobody. Source: our own. */
export const INITIALIZE_PATIENCE_MS = 60_000;
/** A connection without a whole HTTP request after this long is answered with 408 and dropped; looked for as often. Source: our own. */
export const REQUEST_PATIENCE_MS = 10_000;
/** Space for the headers of an HTTP request; bearer tokens with many claims are long. Source: our own. */
export const REQUEST_HEADER_BYTES = 64 * KIB;

// ---- client ------------------------------------------------------------------------------------------------

/** Dialling, and the initialize call. Source: 0.169.0. */
export const CONNECT_TIMEOUT_MS = 10_000;
export const INITIALIZE_TIMEOUT_MS = 10_000;
/** environment/info and environment/status. Source: reference client. */
export const ENVIRONMENT_INFO_TIMEOUT_MS = 30_000;
export const ENVIRONMENT_STATUS_TIMEOUT_MS = 10_000;
/** Calls in flight; one more place is kept for clean-up calls. Source: reference client. */
export const PENDING_CALLS = 1024;
/**
 * A file written in one request; what is longer is opened and written in blocks. Source: 0.169.0 takes messages of 64 MiB,
 * which leaves 1.3 MiB beside the base64 of this.
 */
export const WHOLE_FILE_WRITE_BYTES = 47 * MIB;
/** Input of a process in one request; an executor answers when it has room, so this much waits for one that does not read. Source: our own. */
export const STDIN_WRITE_BYTES = 256 * KIB;
/** From the loss of a transport to giving the session up, and between attempts. Source: 0.169.0 (25 s before it). */
export const RECOVERY_MS = 45_000;
export const RECOVERY_RETRY_MS = 100;
/** The same through a rendezvous: an executor keeps a session for 80 s. Source: our own; 0.169.0 gives up after 45 s. */
export const RELAY_RECOVERY_MS = 75_000;
/** An executor's answer to a handshake. Source: our own; 0.169.0 waits 10 s, and a lost frame costs it as much. */
export const HANDSHAKE_ANSWER_MS = 5_000;
/** Early events held back per process. Source: 0.169.0. */
export const REORDER_EVENTS = 256;
export const REORDER_BYTES = 1 * MIB;
/** Delivered events replayed to a late subscriber. Source: 0.169.0. */
export const REPLAY_EVENTS = 256;
export const REPLAY_BYTES = 1 * MIB;
/** A gap in the numbers of a live connection that lasts this long is filled by one read. Source: our own. */
export const GAP_PATIENCE_MS = 1_000;
/** How long whoever leaves a process or a client waits for the executor to have terminated what still runs. Source: our own. */
export const TERMINATE_GRACE_MS = 2_000;

// ---- relay -------------------------------------------------------------------------------------------------

/** Largest WebSocket message or frame on a link to a rendezvous, both ways; the link ends at one byte more. Source: 0.169.0. */
export const RELAY_FRAME_BYTES = 256 * KIB;
/** UTF-8 bytes of a stream id; frames of longer ones are dropped, since frames with full records would not fit. Source: our own. */
export const RELAY_STREAM_ID_BYTES = 16 * KIB;
/** Plaintext of one record. Source: 0.169.0. */
export const RELAY_RECORD_BYTES = 60 * KIB;
/** JSON of one message, behind its length. Source: 0.169.0. */
export const RELAY_MESSAGE_BYTES = 64 * MIB;
/** How far ahead of the next record others may come, and the ciphertext held meanwhile. Source: 0.169.0. */
export const RELAY_REORDER_RECORDS = 64;
export const RELAY_REORDER_BYTES = 1 * MIB;
/** The same from peers that speak R1. Source: R1. */
export const R1_REORDER_RECORDS = 256;
export const R1_REORDER_BYTES = 16 * MIB;
/** Records sent and not acknowledged, counted from the oldest. Source: R1. */
export const R1_WINDOW_RECORDS = 256;
export const R1_WINDOW_BYTES = 8 * MIB;
/** Records kept for a peer that has not said yet that it speaks R1, and all that it holds out of order. Source: R1. */
export const R1_HISTORY_RECORDS = 64;
export const R1_HISTORY_BYTES = 1 * MIB;
/** A missing record, or one that is not acknowledged, ends the stream after so long without progress. Source: our own; 0.169.0 waits forever. */
export const RELAY_GAP_MS = 10_000;
/** A heartbeat follows so much silence of ours on a stream. Source: R1. */
export const R1_HEARTBEAT_MS = 15_000;
/** A peer that speaks R1 and says nothing for so long, three heartbeats and some, is gone. Source: our own. */
export const R1_SILENCE_MS = 50_000;
/** Streams that one link carries, and handshakes that are looked at, at once. Source: 0.169.0. */
export const RELAY_STREAMS = 128;
export const RELAY_VALIDATIONS = 32;
/** Bytes of the authorization in a handshake. Source: 0.169.0. */
export const RELAY_AUTHORIZATION_BYTES = 4 * KIB;
/** Handshakes of one link that may fail, and how long it takes none after that. Source: 0.169.0. */
export const RELAY_HANDSHAKE_FAILURES = 8;
export const RELAY_COOLDOWN_MS = 10_000;
/** Data for a stream that is not there is answered with one reset in this time. Source: our own. */
export const RELAY_RESET_INTERVAL_MS = 1_000;
/** Streams of which it is remembered when they were reset. Source: our own. */
export const RELAY_REMEMBERED_RESETS = 1_024;
/** Bytes given to the socket of a link beyond what the kernel has taken. Source: our own; a small message waits for no more than that. */
export const RELAY_HANDED_OUT_BYTES = 256 * KIB;
/** Bytes of one stream that wait for their turn, above which its processes' output is not read. Source: our own. */
export const RELAY_STREAM_QUEUE_BYTES = 1 * MIB;
/** Messages of one stream that its owner does not take. Source: our own; 0.169.0 ends a stream with 129. */
export const RELAY_INBOUND_MESSAGES = 4_096;
export const RELAY_INBOUND_BYTES = 16 * MIB;
/** All of a link together, with what has come of messages that are not whole: room for four of the largest. Source: our own. */
export const RELAY_LINK_INBOUND_BYTES = 4 * RELAY_MESSAGE_BYTES;
/** Where that is spent, a stream ends whose peer has begun a message and brought nothing more of it for so long. Source: our own. */
export const RELAY_STALLED_MESSAGE_MS = 10_000;
/** Handshakes, resets and acknowledgements of a link that wait; more are refused. Source: our own; 0.169.0 queues 128 frames of any kind. */
export const RELAY_CONTROL_FRAMES = 4_096;
export const RELAY_CONTROL_BYTES = 4 * MIB;
/** Interval of pings on a link, how long one may be unanswered, and how long a write may take. Source: 0.169.0. */
export const RELAY_PING_MS = 30_000;
export const RELAY_PONG_MS = 60_000;
/**
 * A link on which nothing at all comes for so long is over, whether a pong is still due or not. Source: our own. An executor keeps a
 * session for 80 s, and whoever seeks it gives up after 75 s: with the pong alone to tell, a silent link cost 90 s, and the session.
 */
export const RELAY_SILENCE_MS = 50_000;
export const RELAY_WRITE_MS = 60_000;
/** A link that lived so long was a good one: reconnecting begins with short waits again. Source: 0.169.0. */
export const RELAY_GOOD_LINK_MS = 120_000;
/** Handshake diagnostics of one link in one window of time. Source: 0.169.0. */
export const RELAY_DIAGNOSTICS = 100;
export const RELAY_DIAGNOSTICS_WINDOW_MS = 60_000;

// ---- rendezvous --------------------------------------------------------------------------------------------
// Source of all of them: our own.

/** Body of a request to the registry, bytes; a key and an authorization take 3 KiB. */
export const REGISTRY_BODY_BYTES = 16 * KIB;
/** How long the address of a link may be used: a harness connects at once, an executor comes back with the one it has. */
export const EXECUTOR_URL_MS = 60 * 60_000;
export const HARNESS_URL_MS = 60_000;
/** How long a harness's authorization is good, and how many of one environment may be open. */
export const AUTHORIZATION_MS = 60_000;
export const OPEN_AUTHORIZATIONS = 1_024;
/** TCP connections of all ends together. */
export const RENDEZVOUS_CONNECTIONS = 10_000;
/** Harnesses of one environment; an executor serves so many streams (`RELAY_STREAMS`). */
export const RENDEZVOUS_HARNESSES = 128;
/** Streams that one harness claims on one link; it needs one. */
export const HARNESS_STREAMS = 64;
/** UTF-8 bytes of a stream id that is routed; a UUID has 36. */
export const ROUTED_STREAM_ID_BYTES = 1 * KIB;
/** Frames of one link that were no use, above which it ends. */
export const USELESS_FRAMES = 256;
/** What is held for the executor from one harness, above which that harness is not read. */
export const HELD_FOR_EXECUTOR_BYTES = 256 * KIB;
/** What is held for one harness, and for all of an environment, above which its executor is not read. */
export const HELD_FOR_HARNESS_BYTES = 4 * MIB;
export const HELD_FOR_ENVIRONMENT_BYTES = 64 * MIB;
/** What has to leave from either, in `HARNESS_STALL_MS`, so that the executor is read again; else the harness that most is held for is cut. */
export const HARNESS_PROGRESS_BYTES = 1 * MIB;
export const HARNESS_STALL_MS = 20_000;
/** What a held frame counts for beside its bytes, so that many small ones are bounded too. */
export const HELD_FRAME_BYTES = 256;
/** How long an end has to answer a close, and an executor a ping when another one wants its place. */
export const CLOSE_GRACE_MS = 1_000;
export const CHALLENGE_MS = 5_000;

// ---- those who watch ---------------------------------------------------------------------------------------

/** Lines of the log, and of the audit file, that wait for whoever takes them. Source: our own; some thousand lines. */
export const LOG_QUEUE_BYTES = 1 * MIB;
export const AUDIT_QUEUE_BYTES = 4 * MIB;
/** Connections of those who ask for metrics. Source: our own. */
export const METRICS_CONNECTIONS = 64;

// ---- registry and the credentials for it --------------------------------------------------------------------

/** One call to a registry with the whole of its answer: for register and validate, and for connect. Source: 0.169.0. */
export const REGISTRY_CALL_MS = 10_000;
export const REGISTRY_CONNECT_MS = 6_000;
/** What is read of an answer of a registry or of those who give out credentials. Source: our own. */
export const REGISTRY_ANSWER_BYTES = 256 * KIB;
/** Characters of a registry's own text in an error. Source: 0.169.0. */
export const REGISTRY_TEXT_CHARACTERS = 4096;
/** A token of one line on standard input, with the end of the line; a token file. Source: 0.169.0. */
export const TOKEN_LINE_BYTES = 16 * KIB;
/** A frame with an executor's credential on standard input, and how long the first may take. Source: 0.169.0. */
export const EXECUTOR_CREDENTIAL_BYTES = 16 * KIB;
export const EXECUTOR_CREDENTIAL_MS = 30_000;
/** Largest auth.json that is read. Source: our own. */
export const AUTH_FILE_BYTES = 1 * MIB;
/** How long another program may hold auth.json, and how often it is looked at again. Source: our own. */
export const AUTH_FILE_LOCK_MS = 10_000;
export const AUTH_FILE_LOCK_RETRY_MS = 50;
/** An access token is renewed so long before its end, or at this age where its end is not known. Source: 0.169.0. */
export const TOKEN_RENEWAL_MS = 5 * 60_000;
export const TOKEN_AGE_MS = 8 * 24 * 3_600_000;
/** Renewing an access token. Source: our own; as for a call to the registry. */
export const TOKEN_REFRESH_MS = 10_000;
/** Asking for the keys that Agent Identity tokens are signed with, and for a task; how often for a task. Source: 0.169.0. */
export const AGENT_KEYS_MS = 10_000;
export const AGENT_TASK_MS = 30_000;
export const AGENT_TASK_ATTEMPTS = 3;
