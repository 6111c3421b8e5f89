function mpc = feeder
%FEEDER  a feeder with three buses, [brackets] and 'quotes' in a comment
mpc.version = '2';
mpc.baseMVA = 10;

%% bus data
%	bus_i	type	Pd	Qd	Gs	Bs	area	Vm	Va	baseKV	zone	Vmax	Vmin
mpc.bus = [ %% (Pd and Qd are specified in kW & kVAr here)
	1	3	0	0	0	0	1	1	0	12.5	1	1	1;
	20	1	400	-200	0	0	1	1	0	12.5	1	1.1	0.9;
	300	1	100	60	0	0	1	1	0	12.5	1	1.05	0.95
];

mpc.gen = [
	1	0	0	10	-10	1	100	1	10	0	0	0	0	0	0	0	0	0	0	0	0;
];

mpc.branch = [ %% (r and x specified in ohms here)
	20	1	0.5	0.25	0	3	0	0	0	0	1	-360	360;
	20	300	1.0, 0.5, 0	0	0	0	0	0	1	-360	360;
	1	300	9	9	0	0	0	0	0	0	0	-360	360;
];
mpc.gencost = [
	2	0	0	3	0.01*10^6	20	0;
];

%% convert branch impedances from Ohms to p.u.
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN, LAM_P, LAM_Q, MU_VMAX, MU_VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X, BR_B, RATE_A, RATE_B, RATE_C, ...
    TAP, SHIFT, BR_STATUS, PF, QF, PT, QT, MU_SF, MU_ST, ...
    ANGMIN, ANGMAX, MU_ANGMIN, MU_ANGMAX] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);

%% convert loads from kW to MW
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
