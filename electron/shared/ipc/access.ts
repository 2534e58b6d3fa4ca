import type { Role } from '../domain/codes';
import type { Channel } from './contract';

/**
 * Who may ask what. `anyone`: nobody has to be signed in; `unsettled`: signed in, even with a password that must be changed first;
 * `signed-in`: every role; else one of these roles. A channel without its line does not compile, and `test/unit/main/access.test.ts` asks every channel as
 * every role.
 */
type Access = 'anyone' | 'unsettled' | 'signed-in' | readonly Role[];

export const ACCESS = {
  // the program itself
  status: 'anyone',
  setSettings: 'anyone',
  profileAction: 'anyone',
  restartEngine: 'signed-in',
  dismissNotice: 'anyone',
  chooseFolder: 'signed-in',
  chooseFile: 'signed-in',
  listTasks: 'signed-in',
  cancelTask: 'signed-in',
  dismissTask: 'signed-in',

  // first start and sign-in
  startWithoutAccounts: 'anyone',
  setUpClinic: 'anyone',
  signIn: 'anyone',
  unlock: 'anyone',
  lock: 'unsettled',
  signOut: 'unsettled',
  recover: 'anyone',
  breakGlass: 'anyone',
  changePassword: 'unsettled',
  changePin: 'signed-in',

  // accounts, site, audit log
  listAccounts: ['admin'],
  addAccount: ['admin'],
  changeAccount: ['admin'],
  endAccount: ['admin'],
  resetPassword: ['admin'],
  renewCode: ['admin'],
  siteSettings: 'signed-in',
  saveSiteSettings: ['admin'],
  brokenGlass: ['admin'],
  markGlassSeen: ['admin'],
  auditEvents: ['admin'],
  auditChain: ['admin'],
  exportAudit: ['admin'],

  // folder runs
  startRun: 'signed-in',
  resumeRun: 'signed-in',
  listRuns: 'signed-in',
  runDetail: 'signed-in',
  listPatients: 'signed-in',
  patientDetail: 'signed-in',
  listFailedFiles: 'signed-in',

  // models
  listModels: 'signed-in',
  modelDetail: 'signed-in',
  networkDrawing: ['admin'],
  compareModels: ['admin'],
  examineModel: ['admin'],
  comparison: ['admin'],
  signModel: ['admin'],
  rollBackModel: ['admin'],
  recallList: 'signed-in',
  rescoreRecalled: ['admin'],

  // training
  trainingSummary: ['admin'],
  trainingRecipes: ['admin'],
  startTraining: ['admin'],
  pauseTraining: ['admin'],
  resumeTraining: ['admin'],
  cancelTraining: ['admin'],
  listTrainings: ['admin'],
  trainingDetail: ['admin'],
  trainingLive: ['admin'],

  // camera and examination
  captureStatus: 'signed-in',
  setAtCamera: ['technician', 'doctor'],
  setHotFolder: ['technician', 'admin'],
  choosePhotographs: 'signed-in',
  captureFiles: ['technician', 'doctor'],
  encounterView: 'signed-in',
  openEncounters: 'signed-in',
  stateEye: ['technician', 'doctor'],
  raiseResult: ['technician', 'doctor'],
  appealQuality: ['technician', 'doctor'],
  recordDilation: ['technician', 'doctor'],
  trayList: 'signed-in',
  placePhotographs: ['technician', 'doctor'],
  swapEyes: ['technician', 'doctor'],
  dismissFile: ['technician', 'doctor'],

  // reading room
  myReading: ['doctor'],
  readingQueue: ['doctor'],
  saveRead: ['doctor'],
  lastRead: ['doctor'],
  sendAlert: ['doctor'],
  adjudicationCase: ['doctor'],
  decideAdjudication: ['doctor'],
  practiceFeedback: ['doctor'],

  // clinical queue
  clinicalQueue: ['doctor'],
  openCase: ['doctor'],
  putBackCase: ['doctor'],
  previewCase: ['doctor'],
  signCase: ['doctor'],
  signedCase: ['doctor'],

  // campaigns and urgent findings
  listCampaigns: ['doctor', 'admin'],
  campaignDetail: ['doctor', 'admin'],
  campaignChoices: ['doctor', 'admin'],
  previewCampaign: ['doctor', 'admin'],
  createCampaign: ['doctor', 'admin'],
  closeCampaign: ['doctor', 'admin'],
  withdrawReader: ['doctor', 'admin'],
  createPractice: ['admin'],
  listAlerts: ['doctor', 'admin'],
  openAlert: ['doctor', 'admin'],
  endAlert: ['doctor', 'admin'],
  setClinicalLead: ['admin'],

  // agreement of readers, data sets
  campaignAgreement: ['doctor', 'admin'],
  exportAgreement: ['doctor', 'admin'],
  listDatasets: ['doctor', 'admin'],
  datasetSummary: ['doctor', 'admin'],
  datasetDiff: ['doctor', 'admin'],
  freezeDataset: ['doctor', 'admin'],
  exportDataset: ['admin'],
  importDataset: ['admin'],
  lookAlikes: ['doctor', 'admin'],
  decideLookAlike: ['doctor', 'admin'],

  // packages that are read elsewhere; the running audit and drift
  listPackages: ['doctor', 'admin'],
  sendPackage: ['doctor', 'admin'],
  sendAnswers: ['doctor'],
  openPackage: ['doctor', 'admin'],
  packageResult: ['doctor', 'admin'],
  acceptSender: ['admin'],
  driftReport: ['doctor', 'admin'],
  setAuditReaders: ['admin'],

  // patients, the day's worklist, call-backs
  registrationRules: 'signed-in',
  setRegistrationRules: ['admin'],
  findPatients: 'signed-in',
  similarPatients: 'signed-in',
  registerPatient: 'signed-in',
  correctPatient: 'signed-in',
  patientCard: 'signed-in',
  giveConsent: 'signed-in',
  withdrawConsent: 'signed-in',
  startEncounter: 'signed-in',
  saveIntake: 'signed-in',
  mergePatients: 'signed-in',
  unmergePatients: 'signed-in',
  erasePatient: ['admin'],
  worklist: 'signed-in',
  setWorklistFilter: 'signed-in',
  logContact: 'signed-in',
  closeCallBack: 'signed-in',
  saveAccessCopy: ['doctor', 'admin'],
  saveDaySummary: 'signed-in',
  listHospitals: 'signed-in',
  saveHospital: ['admin'],
  referToHospital: 'signed-in',
  followUp: 'signed-in',
  noteReferral: 'signed-in',
  importReferralNotes: 'signed-in',
  saveHospitalList: 'signed-in',

  // backup
  backupStatus: 'signed-in',
  startBackup: 'signed-in',
  chooseBackup: 'anyone',
  startRestore: 'anyone',
  cancelRestore: 'anyone',

  // papers, languages, problems
  paperState: 'signed-in',
  makePapers: ['technician', 'doctor'],
  voidPapers: ['technician', 'doctor'],
  campPapers: ['technician', 'doctor'],
  listLanguages: 'signed-in',
  signLanguage: ['doctor'],
  reportProblem: 'signed-in',
  listProblems: ['admin'],
  exportProblems: ['admin'],
} as const satisfies Record<Channel, Access>;
